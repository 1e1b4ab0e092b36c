/** `bake promote`: puts the image of one channel into another. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { checkChannelName } from '../../jobs/selection.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { promoteStage } from '../../pipeline/stages/moves.ts';
import { changeChannels } from '../channels.ts';

/** @throws BakeError USAGE, CHANNEL_EMPTY, CHANNEL_SPLIT, IMAGE_UNPROVEN, IMAGE_WITHDRAWN, PUBLISH_PARTLY */
export function execute(invocation: Invocation): Promise<ExitCode | 0> {
  return changeChannels(invocation, 'promote', ({ bakery }, { options }) => {
    const { from, to = 'stable', unverified } = options;
    checkChannelName('--from', from, 'promote');
    checkChannelName('--to', to, 'promote');
    const published = bakery.value.publish.channel;
    const source = from ?? (published === to ? 'candidate' : published);
    if (source === to) {
      const message = `--from and --to are both ${to}: expected two channels`;
      throw new BakeError('USAGE', { message, command: 'promote' });
    }
    return { stage: promoteStage({ from: source, to, unverified }), channel: to };
  });
}
