/** Owns S3: buckets and objects. */
import type { Handlers } from '../call.ts';

export const handlers: Handlers = {};
