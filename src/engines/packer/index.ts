/** Owns the packer engine: in this version it renders what Packer needs; running it is a later piece of work. */
import type { Engine } from '../engine.ts';
import { renderPacker } from '../../render/packer.ts';

export const packer: Engine = { id: 'packer', render: renderPacker };
