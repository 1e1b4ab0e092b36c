/** Owns `bake publish`: an image of ours into a channel, without a bake. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { publishStage } from '../../pipeline/stages/moves.ts';
import { moveChannels } from '../channel-job.ts';
import type { Invocation } from '../command.ts';
import { checkChannel } from '../compose.ts';

const AMI = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** @throws BakeError USAGE, IMAGE_FOREIGN, IMAGE_UNPROVEN, PUBLISH_PARTLY */
export function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { image, channel, unverified } = invocation.options;
  checkChannel('--channel', channel, 'publish');
  const refuse = (message: string): BakeError => new BakeError('USAGE', { message, command: 'publish' });
  if (image !== undefined && !AMI.test(image)) {
    throw refuse(`--image: expected ami- and 8 or 17 hex digits, found ${JSON.stringify(image)}`);
  }
  return moveChannels(invocation, ({ bakery, jobs }) => {
    if (image !== undefined && jobs.length > 1) {
      const found = jobs.map(({ target }) => `${target.os.id} ${target.arch}`).join(', ');
      throw refuse(`--image: one image is of one target: name it with --os and --arch (${found})`);
    }
    return {
      stage: publishStage({ image, unverified }),
      channel: channel ?? bakery.value.publish.channel,
    };
  });
}
