/** Owns SNS: topics and what was published to them. */
import type { Handlers } from '../call.ts';

export const handlers: Handlers = {};
