/**
 * Fuzzes every field of bakery.yaml through a whole plan against one sandbox: the plan is made, or refused with errors that
 * say what to do. No value is "a bug of bake".
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { engines } from '../../src/engines/index.ts';
import { errorsOf, exitOf, type BakeError } from '../../src/errors/bake-error.ts';
import { mainJob } from '../../src/jobs/main.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { invocationOf } from '../support/invocation.ts';
import { exampleProject } from '../support/project.ts';

// A plan takes about 10 ms, so that `npm run fuzz` makes fewer than of other properties.
const numRuns = Math.min(Number(process.env['FUZZ_RUNS'] ?? 1_000), 100_000);
type Keys = readonly (string | number)[];
interface Field {
  keys: Keys;
  isLeaf: boolean;
  value: fc.Arbitrary<unknown>;
}
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  enum?: string[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
}

const oddTexts = [
  ['', ' ', '/', '-', '.', '..', '~', '*', '**', '[', '{', '{}', '%', '%00', '$', '${env:NONE}', '\\', '\t', "'", '"'],
  ['https://[', 'https://[::1', 'https://a:99999', 'https://%', 'https://xn--', 'https://-', 'http://', '//', 's3://'],
  ['https://a..b/', 'https://.', 'https://a/%zz', 'https://0x7f.1', 'https://a?b', 'https://a#b', 'file:///etc'],
  ['/etc', '/dev/null', '/proc/self/mem', 'certs', '../x', 'a'.repeat(300), 'ä', '😀', '\u202e', '__proto__', 'constructor'],
].flat(); // prettier-ignore
const odd = fc.oneof(
  fc.constantFrom(...oddTexts),
  fc.string({ maxLength: 12 }),
  fc.constantFrom<unknown>(null, true, 0, -1, 1e21, [], [null], {}, [[]], { a: 1 }),
);

/** Values of one field: what its schema accepts, and values that mean nothing there. */
function valuesOf({
  enum: choices,
  const: only,
  pattern,
  minimum,
  maximum,
  anyOf,
}: Schema): fc.Arbitrary<unknown> {
  const good: fc.Arbitrary<unknown>[] = (anyOf ?? []).map(valuesOf);
  if (choices !== undefined) good.push(fc.constantFrom(...choices));
  if (only !== undefined) good.push(fc.constant(only));
  if (minimum !== undefined) good.push(fc.integer({ min: minimum, max: maximum ?? 1e9 }));
  if (pattern !== undefined) good.push(...matching(pattern));
  return fc.oneof({ weight: 1, arbitrary: odd }, ...good.map((arbitrary) => ({ weight: 4, arbitrary })));
}

/** Texts that match the pattern of a field. fast-check knows no lookaround, which only forbids some of them. */
function matching(pattern: string): fc.Arbitrary<unknown>[] {
  const own = pattern
    .split('(?:\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}|')
    .at(-1)
    ?.replace(/^\\\$\\\{env:\[A-Za-z_\]\[A-Za-z0-9_\]\*\\\}\|/, '');
  if (own === undefined) return [];
  const text = pattern.includes('(?:\\$\\{env:') ? own.slice(0, -1) : own;
  try {
    return [fc.stringMatching(new RegExp(withoutLookaround(text)), { size: 'small' })];
  } catch {
    return [];
  }
}

/** Removes each group `(?=…)`, `(?!…)`, `(?<!…)`. */
function withoutLookaround(pattern: string): string {
  const start = /\(\?(?:[=!]|<[=!])/.exec(pattern)?.index;
  if (start === undefined) return pattern;
  let depth = 0;
  for (let at = start; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '(') depth += 1;
    else if (pattern[at] === ')' && --depth === 0) {
      return withoutLookaround(pattern.slice(0, start) + pattern.slice(at + 1));
    }
  }
  return pattern;
}

/** Every field of a schema with its path. A list has one item, and a map the key `name`. */
function fieldsOf(schema: Schema, keys: Keys = []): Field[] {
  const { properties, items, additionalProperties } = schema;
  const isLeaf = !properties && !items && typeof additionalProperties !== 'object';
  const here = keys.length === 0 ? [] : [{ keys, isLeaf, value: valuesOf(schema) }];
  const below = [
    ...Object.entries(properties ?? {}).flatMap(([key, one]) => fieldsOf(one, [...keys, key])),
    ...(items ? fieldsOf(items, [...keys, 0]) : []),
    ...(typeof additionalProperties === 'object'
      ? fieldsOf(additionalProperties, [...keys, mapKey(keys)])
      : []),
  ];
  return [...here, ...below];
}

/** A key that the map accepts, so that its values are read. */
function mapKey(keys: Keys): string {
  const known: Record<string, string> = {
    'builder.kms': 'us-east-1',
    'mirrors.repos': 'epel',
    'mirrors.git': 'github.com',
    'mirrors.containers': 'docker.io',
    'rotate.families': 'ami-0123456789abcdef0',
  };
  return known[keys.join('.')] ?? 'name';
}

function withValue(root: unknown, [key, ...rest]: Keys, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === 'number') return [withValue(Array.isArray(root) ? root[key] : undefined, rest, value)];
  const map = typeof root === 'object' && root !== null && !Array.isArray(root) ? root : {};
  return { ...map, [key]: withValue((map as Record<string, unknown>)[key], rest, value) };
}

const fields = fieldsOf(jsonSchema('bakery', engines));
const changeOf = (some: Field[]): fc.Arbitrary<{ keys: Keys; given: unknown }> =>
  fc.oneof(...some.map(({ keys, value }) => value.map((given) => ({ keys, given }))));
// A section takes only maps, so that most of its values are refused at once.
const change = fc.oneof(
  { weight: 9, arbitrary: changeOf(fields.filter(({ isLeaf }) => isLeaf)) },
  { weight: 1, arbitrary: changeOf(fields.filter(({ isLeaf }) => !isLeaf)) },
);
const minimal = { version: 1, targets: [{ os: 'alinux2023' }], trust: { certificates: ['certs/*.pem'] } };
/** With a required neighbour of each field, so that a good value is not refused for it. */
const full = {
  ...minimal,
  mirrors: { layout: 'pulp', url: 'https://mirror.corp.example', conda: { url: '/conda' } },
  proxy: { https: 'http://proxy.corp.example:3128', for: ['pip'] },
  domain: {
    name: 'corp.example',
    join: { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:join' },
  },
};
const base = fc.constantFrom<unknown>(minimal, full, full, full);

let folder: string;
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
beforeAll(async () => {
  folder = exampleProject({ 'bakery.yaml': null });
  sandbox = await openSandbox({ state: path.join(folder, '.bakery/sandbox') });
});
afterAll(async () => {
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

/** The errors of `bake plan --all --sandbox` with this bakery.yaml. */
async function planned(document: unknown): Promise<BakeError[]> {
  fs.writeFileSync(path.join(folder, 'bakery.yaml'), stringify(document));
  const { invocation } = invocationOf(folder, { sandbox: true, all: true });
  try {
    return (await mainJob(invocation, 'plan')).errors;
  } catch (thrown) {
    return errorsOf(thrown);
  }
}

it('finds the fields of every section', () => {
  expect(fields.length).toBeGreaterThan(80);
});

it.each([
  ['trust', 'handshake', 'https://#('],
  ['mirrors', 'containers', 'docker.io', 'A:70000'],
  ['mirrors', 'repos', 'epel', 'path', 'https://\\+'],
  ['imageBuilder', 'workflows', 0, {}],
])('refuses the counterexample %#', async (...keys) => {
  const errors = await planned(withValue(full, keys.slice(0, -1) as Keys, keys.at(-1)));
  expect(errors.map(({ code }) => code)).toEqual(['CONFIG_VALUE']);
  expect(errors[0]?.message).not.toContain('[object');
});

it('plans, or says what is wrong, with any value in any field', async () => {
  const ends = { planned: 0, refused: 0, later: 0 };
  await fc.assert(
    fc.asyncProperty(
      base,
      fc.array(change, { minLength: 1, maxLength: 2, size: 'small' }),
      async (start, changes) => {
        const document = changes.reduce<unknown>(
          (root, { keys, given }) => withValue(root, keys, given),
          start,
        );
        const errors = await planned(document);
        for (const { code, message, hint } of errors) {
          assert.notEqual(code, 'INTERNAL', message);
          assert.doesNotMatch(`${message}${hint}`, /undefined|\[object|NaN/);
        }
        if (errors.length === 0) ends.planned += 1;
        else if (exitOf(errors) === 2) ends.refused += 1;
        else ends.later += 1;
      },
    ),
    { numRuns },
  );
  // Most values are refused when the file is read; the others must reach the stages.
  expect(ends.planned).toBeGreaterThan(numRuns / 5);
}, 3_000_000);
