/** Owns the engine registry. The rehearsal engine is not in it: it makes no AMI. */
import type { Engine } from './engine.ts';
import { imagebuilder } from './imagebuilder/index.ts';
import { packer } from './packer/index.ts';

export const engines: Readonly<Record<string, Engine>> = { imagebuilder, packer };
