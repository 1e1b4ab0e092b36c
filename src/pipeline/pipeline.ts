/** The stages of the main job, in order. */
import { pipelineOf } from '../run/pipeline.ts';
import { bake } from './stages/bake.ts';
import { publish } from './stages/publish.ts';
import { render } from './stages/render.ts';
import { resolve } from './stages/resolve.ts';
import { rotate } from './stages/rotate.ts';
import { verify } from './stages/verify.ts';
import type { Job, World } from './world.ts';

export const pipeline = pipelineOf<World, Job>()
  .each(resolve)
  .each(render)
  .each(bake)
  .each(verify)
  .each(publish)
  .once(rotate);
