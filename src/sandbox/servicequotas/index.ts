/** Owns Service Quotas: how much of something the account may have. */
import type { Handlers } from '../call.ts';

export const handlers: Handlers = {};
