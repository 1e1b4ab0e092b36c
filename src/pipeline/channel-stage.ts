/** The parts that all stages share which put an image into a channel. */
import { applyChannel } from './channel-apply.ts';
import { channelOutcome, channelWrites, readBackChannel, sayChannel } from './channel.ts';

export const channelStage = {
  writes: channelWrites,
  preview: channelOutcome,
  apply: applyChannel,
  check: readBackChannel,
  say: sayChannel,
};
