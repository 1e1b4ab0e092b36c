/** The publish stage: copies the image to every Region, writes the parameters of the channel and reads them back. */
import { verifyNoteOf, VERIFY_TAG, type Verified } from '../../image/verdict.ts';
import {
  findCopy,
  gatherChannel,
  planChannel,
  wishOf,
  type ChannelFacts,
  type ChannelPlan,
} from '../channel.ts';
import { channelStage } from '../channel-stage.ts';
import type { Stage } from '../../run/stage.ts';
import type { Baked, Job, Published, World } from '../world.ts';
import type { RenderedBuild } from './render.ts';

export const publish: Stage<
  'publish',
  World,
  Job,
  { render: RenderedBuild; bake: Baked; verify: Verified },
  ChannelFacts,
  ChannelPlan,
  Published
> = {
  name: 'publish',

  gather(world, job, { bake: { image }, verify }) {
    // The verify stage has just written this tag, and a read may not show it yet.
    const source = image && { ...image, tags: { ...image.tags, [VERIFY_TAG]: verifyNoteOf(verify) } };
    const wish = wishOf(job, world, { channel: job.publish.channel, move: 'publish' });
    return gatherChannel(world, wish, source, (region) => findCopy(world, source, region));
  },

  plan: planChannel,
  ...channelStage,
};
