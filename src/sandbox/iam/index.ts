/** Owns IAM, as far as a bakery looks at it: instance profiles and roles. */
import type { Handlers } from '../call.ts';

export const handlers: Handlers = {};
