/** `bake publish`: puts an existing image into a channel. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { checkChannelName } from '../../jobs/selection.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { publishStage } from '../../pipeline/stages/moves.ts';
import { amiId } from '../../util/ami-id.ts';
import { changeChannels } from '../channels.ts';

/** @throws BakeError USAGE, IMAGE_FOREIGN, IMAGE_UNPROVEN, PUBLISH_PARTLY */
export function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const refuse = (message: string): BakeError => new BakeError('USAGE', { message, command: 'publish' });
  return changeChannels(invocation, 'publish', ({ bakery, jobs }, { options }) => {
    const { image, channel, unverified } = options;
    checkChannelName('--channel', channel, 'publish');
    if (image !== undefined && !amiId.test(image)) {
      throw refuse(`--image: expected ami- and 8 or 17 hex digits, found ${JSON.stringify(image)}`);
    }
    if (image !== undefined && jobs.length > 1) {
      const found = jobs.map(({ target }) => `${target.os.id} ${target.arch}`).join(', ');
      throw refuse(`--image: an image belongs to one target: select it with --os and --arch (${found})`);
    }
    return {
      stage: publishStage({ image, unverified }),
      channel: channel ?? bakery.value.publish.channel,
    };
  });
}
