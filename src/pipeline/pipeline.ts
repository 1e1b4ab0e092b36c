/** Owns THE list: the main job, in order. */
import { bake } from './stages/bake.ts';
import { publish } from './stages/publish.ts';
import { render } from './stages/render.ts';
import { resolve } from './stages/resolve.ts';
import { rotate } from './stages/rotate.ts';
import { verify } from './stages/verify.ts';

export const pipeline = [resolve, render, bake, verify, publish, rotate] as const;
