/** `bake rollback`: returns a channel to an earlier image. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { checkChannelName } from '../../jobs/selection.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { rollbackStage } from '../../pipeline/stages/moves.ts';
import { changeChannels } from '../channels.ts';

/** @throws BakeError USAGE, CHANNEL_EMPTY, CHANNEL_SPLIT, ROLLBACK_NOWHERE, ROLLBACK_GONE, PUBLISH_PARTLY */
export function execute(invocation: Invocation): Promise<ExitCode | 0> {
  return changeChannels(invocation, 'rollback', (_project, { options }) => {
    const { channel = 'stable', to = '1' } = options;
    checkChannelName('--channel', channel, 'rollback');
    if (!/^[1-9][0-9]?$/.test(to)) {
      const message = `--to: expected how many images back, 1 to 99, found ${JSON.stringify(to)}`;
      throw new BakeError('USAGE', { message, command: 'rollback' });
    }
    return { stage: rollbackStage({ channel, steps: Number(to) }), channel };
  });
}
