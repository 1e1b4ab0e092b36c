/** The kinds of value that a key of a configuration can have. Each message says what to write; it follows "expected". */
import { z } from 'zod';

/**
 * A map with these keys and no others. tree.ts reads every scalar as a string, so the schema converts numbers and truth
 * values where a key needs them.
 */
export function section<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, { error: `a map with the keys ${Object.keys(shape).join(', ')}` });
}

export function text(expected: string, pattern = /\S/) {
  return z.string({ error: expected }).regex(pattern, { error: expected, abort: true });
}

/** A text that matches the pattern and that `new URL` accepts, because a pattern cannot tell a port or a host that is wrong. */
export function url(expected: string, pattern: RegExp) {
  return text(expected, pattern).refine((given) => URL.canParse(given), { error: expected });
}

export function choice<const V extends readonly [string, ...string[]]>(values: V) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

export function list<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: expected });
}

export function wholeNumber(expected: string, least: number, most: number) {
  const number = z.int({ error: expected }).min(least, { error: expected }).max(most, { error: expected });
  return z.preprocess(asNumber, number);
}

export function truth() {
  return z.preprocess(asTruth, z.boolean({ error: 'true or false' }));
}

/** The version of the format of a file; only version 1 exists. */
export function shapeVersion() {
  return z
    .preprocess(asNumber, z.literal(1, { error: 'version: 1 at the top' }))
    .describe('The version of the format of this file; write 1.');
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^(0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : value;
}

function asTruth(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** A path below the folder of bakery.yaml, or an absolute one. */
export function filePath(expected: string) {
  return text(expected, /^[^\0\r\n]*[^\0\r\n/]$/);
}

export const region = () => text('a Region such as us-east-1', /^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$/);

export const regionList = () =>
  list(region(), 'a list of Regions such as [us-east-1]').min(1, { error: 'at least one Region' });

/** `lock` is the path of leases, and `parent` the path where pipelines find their base image. */
export const channelPattern = /^(?!(?:lock|parent)$)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const channel = () => text('a channel name of letters, digits, "-", "_" or "."', channelPattern);
