/** Owns the property tests of rotation: whatever the document, only ids change; whatever the bytes, nothing crashes. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findReferences } from '../../src/rotate/find.ts';
import { yaml } from '../../src/rotate/formats/yaml.ts';
import { splice, type SpliceEdit, verify } from '../../src/rotate/splice.ts';
import { fixtures } from './fixtures.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
/** Every run of the property reads four documents, twice each. */
const propertyRuns = Math.ceil(runs / 4);

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const id = fc.oneof(hex(8), hex(17)).map((digits) => `ami-${digits}`);

/** A value as people write it: an id in some style, or something that is none. */
const written = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        id,
        fc.constantFrom(
          '%',
          '"%"',
          "'%'",
          '&a %',
          '!!str %',
          '>-\n                %',
          '|\n                %',
        ),
      )
      .map(([one, style]) => style.replace('%', one)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '!Ref Ami',
      '"{{ ami }}"',
      '{{ami}}',
      'resolve:ssm:/x',
      '',
      '~',
      '*a',
      '"\\u0061mi-01234567"',
    ),
  },
);
const comment = fc.oneof(
  fc.constant(''),
  id.map((one) => ` # was ${one}`),
  fc.constant(' # größer 日本 🧪'),
);
const noise = fc.constantFrom(
  '',
  '# a comment\n',
  '\n',
  '   \n',
  '# ami-0123456789abcdef0\n',
  '---\n',
  'Tags: [{ Key: a, Value: 012 }]\n',
  'Tags: []\n',
);
const setting = fc
  .tuple(written, comment)
  .map(([one, behind]) => (/[|>]/.test(one) ? one : `${one}${behind}`));

const document = fc
  .record({
    head: noise,
    region: fc.constantFrom('', 'Region: eu-west-1\n'),
    root: fc.option(setting),
    queues: fc.array(fc.oneof(setting, fc.constant(null)), { maxLength: 4 }),
    pools: fc.array(setting, { maxLength: 2 }),
    tail: noise,
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    mark: fc.constantFrom('', '\ufeff'),
    last: fc.boolean(),
  })
  .map(({ head, region, root, queues, pools, tail, lineEnd, mark, last }) => {
    const image = (one: string | null, indent: string) =>
      one === null ? '' : `${indent}Image:\n${indent}  CustomAmi: ${one}\n`;
    const item = (one: string | null) => `    - Name: q\n${image(one, '      ')}`;
    const text =
      `${head}${region}${image(root, '')}` +
      (queues.length > 0 ? `Scheduling:\n  SlurmQueues:\n${queues.map(item).join('')}` : '') +
      (pools.length > 0 ? `LoginNodes:\n  Pools:\n${pools.map(item).join('')}` : '') +
      tail;
    return Buffer.from(mark + (last ? text : text.trimEnd()).replaceAll('\n', lineEnd));
  });

/** Read with the library's usual schema, which is not the one that rotation uses. */
function meaning(bytes: Buffer): unknown[] {
  const text = bytes.toString('utf8').replace(/\r\n?/g, '\n');
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }).map(
    (one) => one.toJS() as unknown,
  );
}

/** Every value that is no list and no map, by its path. */
function leaves(value: unknown, path = '', into = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return into.set(path, value);
  for (const [key, below] of Object.entries(value)) leaves(below, `${path}/${key}`, into);
  return into;
}

function spliced(file: Buffer, edits: readonly SpliceEdit[]): Buffer {
  const after = splice('x.yaml', file, edits);
  assert.ok(after !== 'done');
  return after;
}

it('changes the ids of a document and nothing else', () => {
  let rotated = 0;
  fc.assert(
    fc.property(document, fc.array(id, { minLength: 1, maxLength: 3 }), (input, ids) => {
      const { references, errors } = findReferences('x.yaml', input);
      assert.ok(errors.length === 0 || references.length === 0);
      const edits = references.map(({ start, end, id: from }, index) => {
        return { start, end, from, to: ids[index % ids.length] ?? from };
      });
      const real = edits.filter(({ from, to }) => from !== to);
      if (real.length === 0) return;
      rotated += 1;
      const after = spliced(input, real);
      verify('x.yaml', { before: input, after, edits: real }, yaml);

      // Bytes: what lies between the ids is the same.
      let at = 0;
      let shift = 0;
      for (const { start, end, to } of real) {
        assert.ok(after.subarray(at + shift, start + shift).equals(input.subarray(at, start)));
        assert.equal(after.subarray(start + shift, start + shift + to.length).toString(), to);
        shift += to.length - (end - start);
        at = end;
      }
      assert.ok(after.subarray(at + shift).equals(input.subarray(at)));

      // Meaning, by another reading: only leaves named CustomAmi differ.
      const before = leaves(meaning(input));
      const now = leaves(meaning(after));
      assert.deepEqual([...now.keys()], [...before.keys()]);
      for (const [path, old] of before) assert.ok(path.endsWith('/CustomAmi') || now.get(path) === old, path);

      // The second time everything is as wanted.
      const again = findReferences('x.yaml', after).references;
      assert.deepEqual(
        again.map((one) => one.id),
        edits.map(({ to }) => to),
      );
      assert.equal(splice('x.yaml', after, real), 'done');
    }),
    { numRuns: propertyRuns },
  );
  expect(rotated).toBeGreaterThan(propertyRuns / 4);
}, 300_000);

const scraps = [
  ...fixtures.map((one) => one.bytes.toString('latin1')).filter((text) => text.length < 400),
  ...'CustomAmi: ·Image:\n  ·Scheduling:\n  SlurmQueues:\n·ami-0123456789abcdef0·- ·? ·: ·&a ·*a·<<: '.split(
    '·',
  ),
  ...'!Ref ·{·}·[·]·"·|\n·>-\n·#·\t·---\n·...\n·%YAML 1.2\n·\r·\n·\u00ef\u00bb\u00bf·\0·\u00ff·{{·{%'.split(
    '·',
  ),
  "'",
];
const scrap = fc.constantFrom(...scraps);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.concat([Buffer.from('CustomAmi: '), array])),
  fc.array(scrap, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
  // A whole config with a few bytes overwritten.
  fc
    .tuple(
      fc.constantFrom(...fixtures.map((one) => one.bytes)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([whole, hits]) => {
      const copy = Buffer.from(whole);
      for (const [at, byte] of hits) if (copy.length > 0) copy[at % copy.length] = byte;
      return copy;
    }),
);

it('reads any bytes without a crash, and every reference is where it says', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const copy = Buffer.from(input);
      const { references, indirect, errors } = findReferences('x.yaml', input);
      assert.ok(input.equals(copy));
      for (const one of references) {
        assert.equal(input.subarray(one.start, one.end).toString('latin1'), one.id);
        assert.ok(one.line > 0 && one.column > 0);
      }
      assert.equal(new Set(references.map(({ start }) => start)).size, references.length);
      for (const one of indirect) assert.ok(one.reason !== '' && one.line > 0 && one.column > 0);
      assert.ok(errors.length === 0 || references.length === 0);
      const edits = references.map(({ start, end, id: from }) => ({
        start,
        end,
        from,
        to: 'ami-0eeeeeeeeeeeeeeee',
      }));
      if (edits.length > 0) verify('x.yaml', { before: input, after: spliced(input, edits), edits }, yaml);
    }),
    { numRuns: runs },
  );
}, 300_000);
