/** Turns the issues of the schema into BakeErrors: the place, what was found, what was expected, and "did you mean". */
import type { z } from 'zod';
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import { nearest } from '../util/nearest.ts';
import { maskLogin } from '../util/source.ts';
import { type Path, pathKey, pathText } from './path.ts';
import type { Tree } from './tree.ts';

export interface CheckedFile {
  tree: Tree;
  place(path: Path): FilePlace;
  /** The place of the key itself, if the last part of the path is a key. */
  placeOfKey(path: Path): FilePlace;
  /** The JSON Schema of the file, which lists the keys of each map. */
  schema(): z.core.JSONSchema.BaseSchema;
}

type Issue = z.core.$ZodIssue;

/** The most errors of one file; nobody fixes more at once. */
const MOST = 100;

/** The errors of one file, without those at values that have an error already (`tree.broken`). */
export function configErrors(issues: readonly Issue[], about: CheckedFile): BakeError[] {
  const found: BakeError[] = [];
  for (const issue of issues) {
    found.push(...finding(issue, [], about));
    if (found.length >= MOST) break;
  }
  return found;
}

function finding(issue: Issue, above: Path, about: CheckedFile): BakeError[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (about.tree.broken.has(pathKey(path))) return [];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MOST).flatMap((key) => unknownKey(key, path, about));
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors, valueAt(about.tree.value, path));
    if (branch) return branch.flatMap((inner) => finding(inner, path, about));
    const unknownBranch = strangeKeys(issue.errors, valueAt(about.tree.value, path));
    if (unknownBranch.length > 0) return unknownBranch.flatMap((key) => unknownKey(key, path, about));
  }
  if (issue.code === 'invalid_key') {
    const expected = `${issue.issues[0]?.message} as key`;
    const found = JSON.stringify(String(path.at(-1)));
    return [
      new BakeError(
        'CONFIG_VALUE',
        { path: pathText(path), expected, found },
        { place: about.placeOfKey(path) },
      ),
    ];
  }
  const value = valueAt(about.tree.value, path);
  const found = about.tree.fromEnv.get(pathKey(path)) ?? describe(value, path);
  const more = { place: about.place(path) };
  if (issue.code === 'invalid_value' && typeof value === 'string' && issue.values.length > 1) {
    const known = issue.values.map(String);
    return [
      new BakeError(
        'CONFIG_CHOICE',
        { path: pathText(path), found, known, near: nearest(value, known) },
        more,
      ),
    ];
  }
  return [new BakeError('CONFIG_VALUE', { path: pathText(path), expected: issue.message, found }, more)];
}

function unknownKey(key: string, path: Path, about: CheckedFile): BakeError[] {
  const whole = [...path, key];
  if (about.tree.broken.has(pathKey(whole))) return [];
  const known = keysAt(about.schema(), path);
  const context = { key: maskLogin(pathText(whole)), known, near: nearest(key, known) };
  return [new BakeError('CONFIG_KEY_UNKNOWN', context, { place: about.placeOfKey(whole) })];
}

/** The one branch of a union that matches the kind of the value (text, map, list), or of several maps the one with its keys. */
function meantBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) => {
    const whole = issues.find((issue) => issue.path.length === 0);
    if (whole?.code === 'invalid_value') return typeof value === 'string';
    return whole?.code !== 'invalid_type';
  });
  if (fitting.length <= 1) return fitting[0];
  // Several maps match: choose the one that knows all keys of the value.
  const known = fitting.filter(
    (issues) => !issues.some(({ code, path }) => code === 'unrecognized_keys' && path.length === 0),
  );
  return known.length === 1 ? known[0] : undefined;
}

/** Keys that none of the maps of a union has: because of a misspelled key it is unknown which map was meant. */
function strangeKeys(branches: readonly (readonly Issue[])[], value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const strange = branches.flatMap((issues) => {
    const found = issues.filter(({ path }) => path.length === 0);
    if (found.some(({ code }) => code === 'invalid_type' || code === 'invalid_value')) return [];
    return [new Set(found.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])))];
  });
  return Object.keys(value)
    .filter((key) => strange.length > 0 && strange.every((keys) => keys.has(key)))
    .slice(0, MOST);
}

/** The value that the file contains, for a message: short, and never a password. */
function describe(value: unknown, path: Path): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'string') return 'a map';
  // The value may be a password instead of its ARN, so the message must not repeat it.
  if (/pass|secret|token/i.test(String(path.at(-1))) && !value.startsWith('arn:'))
    return 'a text that is hidden';
  const written = maskLogin(value);
  return JSON.stringify(written.length > 80 ? `${written.slice(0, 79)}…` : written);
}

export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The keys that a map at this path may have. */
function keysAt(schema: JsonSchema, path: Path): string[] {
  let level: JsonSchema[] = [schema];
  for (const part of path) level = level.flatMap((one) => below(one, part));
  return level.flatMap((one) => Object.keys(one.properties ?? {}));
}

function below(schema: JsonSchema, part: string | number): JsonSchema[] {
  const inside =
    typeof part === 'number'
      ? [schema.items].flat()
      : [schema.properties?.[part] ?? schema.additionalProperties];
  return inside.filter((one) => typeof one === 'object').flatMap((one) => one.anyOf ?? [one]);
}
