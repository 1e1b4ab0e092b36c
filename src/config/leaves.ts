/** Owns the kinds of value a configuration key can have. Every message says what to write: it follows "expected". */
import { z } from 'zod';

/**
 * A map with these keys and no others. Files are read with every scalar as a string (see tree.ts), so what is a
 * number or a truth value in YAML is made one here, where the schema asks for it.
 */
export function section<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, { error: `a map with the keys ${Object.keys(shape).join(', ')}` });
}

export function text(expected: string, pattern = /\S/) {
  return z.string({ error: expected }).regex(pattern, { error: expected, abort: true });
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

/** The version of a file's shape; only one exists. */
export function shapeVersion() {
  return z
    .preprocess(asNumber, z.literal(1, { error: 'version: 1 at the top' }))
    .describe('Version of this file’s shape; write 1.');
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

export const regions = () =>
  list(region(), 'a list of Regions such as [us-east-1]').min(1, { error: 'at least one Region' });

/** `lock` is where leases live beside the channels, `parent` where pipelines find their base image. */
export const channelPattern = /^(?!(?:lock|parent)$)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const channel = () => text('a channel name of letters, digits, "-", "_" or "."', channelPattern);
