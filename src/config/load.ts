/** Reads the files that a user writes: parses YAML, checks the values, keeps their places, and reports all errors at once. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { BakeError, BakeErrors, type FilePlace, throwAll } from '../errors/bake-error.ts';
import type { FileKind } from '../errors/table.ts';
import type { Env } from '../util/env.ts';
import { fileError } from '../util/file-error.ts';
import { readInput } from '../util/files.ts';
import { placesIn } from '../util/source.ts';
import { readYaml, startOf } from '../util/yaml.ts';
import type { ConfiguredEngines } from './engine-section.ts';
import { assetsSchema, type Assets } from './assets-schema.ts';
import { configErrors } from './findings.ts';
import { expectSchema, recipeSchema, type RecipeExpectation, type Recipe } from './recipe-schema.ts';
import { assetRules, bakeryRules, recipeRules, type ConfigRules } from './rules.ts';
import { bakerySchema, type BakerySchema } from './schema.ts';
import { type Path, pathKey } from './path.ts';
import { nodeAt, toTree } from './tree.ts';

/** A checked value, and where each part of it was written. */
export interface Located<T> {
  value: T;
  file: string;
  /** Absolute folder of the file. */
  folder: string;
  /** Where the value at this path was written; for a default, where the value that would contain it was written. */
  place(path: Path): FilePlace;
  /** The place of the key itself, if the last part of the path is a key. */
  placeOfKey(path: Path): FilePlace;
  /** The environment variables that the file uses: name → value, which may be a secret. */
  variables: ReadonlyMap<string, string>;
}

/** Which setting names the file, for the error if it does not exist. */
export interface NamedBy {
  what: string;
  place?: FilePlace | undefined;
}

const LARGEST = 1024 * 1024;

/**
 * Reads bakery.yaml.
 * @param env for `${env:NAME}`
 * @param engines whose sections bakery.yaml may have
 * @throws BakeError, BakeErrors: CONFIG_MISSING, FILE_UNREADABLE, CONFIG_SYNTAX, CONFIG_KEY_UNKNOWN, CONFIG_CHOICE,
 *   CONFIG_VALUE, CONFIG_ENV, MIRROR_CREDENTIALS
 */
export async function loadBakery<E extends ConfiguredEngines>(
  file: string,
  env: Env,
  engines: E,
): Promise<Located<z.output<BakerySchema<E>>>> {
  return load({ kind: 'bakery', file, schema: bakerySchema(engines), rules: bakeryRules(engines), env });
}

/** Reads a recipe. @throws BakeError, BakeErrors: FILE_MISSING, or as loadBakery */
export async function loadRecipe(
  file: string,
  named: NamedBy = { what: 'recipe' },
): Promise<Located<Recipe>> {
  return load({ kind: 'recipe', file, schema: recipeSchema, rules: recipeRules, named });
}

/** Reads an assets file. @throws BakeError, BakeErrors: FILE_MISSING, or as loadBakery */
export async function loadAssets(
  file: string,
  named: NamedBy = { what: 'assets' },
): Promise<Located<Assets>> {
  return load({ kind: 'assets', file, schema: assetsSchema, rules: assetRules, named });
}

/** Reads a file of expectations. @throws BakeError, BakeErrors: FILE_MISSING, or as loadBakery */
export async function loadExpect(
  file: string,
  named: NamedBy = { what: 'expect' },
): Promise<Located<RecipeExpectation[]>> {
  return load({ kind: 'expect', file, schema: expectSchema, named });
}

interface Kind<S extends z.ZodType> {
  kind: FileKind;
  file: string;
  schema: S;
  rules?: ConfigRules;
  env?: Env;
  named?: NamedBy;
}

async function load<S extends z.ZodType>({
  kind,
  file,
  schema,
  rules,
  env,
  named,
}: Kind<S>): Promise<Located<z.output<S>>> {
  const text = decode(file, await read(file, named));
  const places = placesIn(file, text);
  const yaml = readYaml(text);
  throwAll([
    ...yaml.problems.slice(0, 100).map(({ message, offset }) => syntax(message, places(offset))),
    ...yaml.documents.slice(1, 2).map((second) => {
      return syntax('a second document begins here; expected only one', places(second.range[0]));
    }),
  ]);

  const place = (path: Path) => places(startOf(nodeAt(yaml, path)));
  const placeOfKey = (path: Path) => places(startOf(nodeAt(yaml, path, true)));
  const tree = toTree(yaml, places, env);
  const checked = schema.safeParse(tree.value);
  const ruled = applyRules(rules, tree.value, place);
  const errors = [...tree.errors, ...ruled.errors];
  if (checked.success && errors.length === 0) {
    const folder = dirname(resolve(file));
    return { value: checked.data, file, folder, place, placeOfKey, variables: tree.variables };
  }
  const reported = new Set([...tree.broken, ...ruled.reported]);
  const about = { tree: { ...tree, broken: reported }, place, placeOfKey, schema: () => shapeOf(schema) };
  errors.push(...configErrors(checked.error?.issues ?? [], about));
  const sorted = errors.map((error) => ofKind(error, kind)).sort((a, b) => order(a) - order(b));
  throw sorted.length === 1 ? sorted[0] : new BakeErrors(sorted);
}

/** The error with the kind of file, so that its hint names the right example. */
function ofKind(error: BakeError, kind: FileKind): BakeError {
  if (error.code !== 'CONFIG_VALUE') return error;
  const context = { ...(error as BakeError<'CONFIG_VALUE'>).context, kind };
  return new BakeError('CONFIG_VALUE', context, { place: error.place, at: error.at });
}

/** The errors of the rules, and the paths where they found an error that is more specific than CONFIG_VALUE. */
function applyRules(rules: ConfigRules | undefined, value: unknown, place: (path: Path) => FilePlace) {
  const paths = new Map<FilePlace, Path>();
  const errors = rules?.(value, (path) => {
    const at = place(path);
    paths.set(at, path);
    return at;
  });
  const reported = (errors ?? []).flatMap((error) => {
    const path = paths.get(error.place);
    return error.code === 'CONFIG_VALUE' || path === undefined ? [] : [pathKey(path)];
  });
  return { errors: errors ?? [], reported };
}

const shapes = new WeakMap<z.ZodType, z.core.JSONSchema.BaseSchema>();

/** The JSON Schema of the file, cached because making it takes a millisecond. */
function shapeOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  const known = shapes.get(schema) ?? z.toJSONSchema(schema, { io: 'input' });
  shapes.set(schema, known);
  return known;
}

async function read(file: string, named: NamedBy | undefined): Promise<Buffer> {
  try {
    return await readInput(file);
  } catch (error) {
    const { code, message } = fileError(error);
    const more = { place: named?.place ?? { file }, cause: error };
    if (code !== 'ENOENT') throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, more);
    if (named) throw new BakeError('FILE_MISSING', { path: file, what: named.what }, more);
    throw new BakeError('CONFIG_MISSING', { file }, more);
  }
}

/** Converts line endings to LF as YAML requires, because the library does not support a lone CR. Lines and columns stay. */
function decode(file: string, bytes: Buffer): string {
  if (bytes.length > LARGEST) throw syntax('larger than 1 MiB', { file });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch {
    const valid = bytes.toString('utf8').indexOf('\ufffd');
    throw syntax('not UTF-8 text', placesIn(file, bytes.toString('utf8'))(valid));
  }
}

function syntax(found: string, place: FilePlace): BakeError {
  const bare = /(^|[^"'])\$\{env:/.test(place.excerpt ?? '');
  const message = bare ? `${found}; put "\${env:NAME}" in quotes inside { } and [ ]` : found;
  return new BakeError('CONFIG_SYNTAX', { message }, { place });
}

function order({ place }: BakeError): number {
  return (place.line ?? 0) * 1e6 + (place.column ?? 0);
}
