/** The bake engines, the default one first. The rehearsal engine is not among them: it makes no AMI. */
import type { Engines } from './engine.ts';
import { imagebuilder } from './imagebuilder/index.ts';
import { packer } from './packer/index.ts';

export const engines = {
  imagebuilder,
  packer,
} satisfies Engines;
