/** Owns KMS: keys, grants and signatures. */
import type { Handlers } from '../call.ts';

export const handlers: Handlers = {};
