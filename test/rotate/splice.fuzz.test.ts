/** Property tests of rotation: in any document only ids change, and no bytes crash it. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findReferences } from '../../src/rotate/find.ts';
import type { Format } from '../../src/rotate/format.ts';
import { yaml } from '../../src/rotate/formats/yaml.ts';
import { splice, type SpliceEdit, verifyEdits } from '../../src/rotate/splice.ts';
import { fixtures } from './fixtures.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
/** Each run of a property reads four documents, twice each. */
const propertyRuns = Math.ceil(runs / 8);

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const id = fc.oneof(hex(8), hex(17)).map((digits) => `ami-${digits}`);

/** A value as people write it: an id in some style, or something else. */
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
/** A root's image. */
const STYLES = [
  'Image:\n  CustomAmi: %\n',
  'Image:\n    CustomAmi: "%"\n',
  'Image: { CustomAmi: % }\n',
  "Image: {CustomAmi: '%'}\n",
];

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

/** Reads with the library's usual schema, which differs from that of rotation. */
function meaning(bytes: Buffer): unknown[] {
  const text = bytes.toString('utf8').replace(/\r\n?/g, '\n');
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }).map(
    (one) => one.toJS() as unknown,
  );
}

/** All values except lists and maps, by path. */
function leaves(value: unknown, path = '', into = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return into.set(path, value);
  for (const [key, below] of Object.entries(value)) leaves(below, `${path}/${key}`, into);
  return into;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
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
      const edits = references.map(({ path, start, end, id: from }, index): SpliceEdit => {
        return { kind: 'id', path, start, end, from, to: ids[index % ids.length] ?? from };
      });
      const real = edits.filter(({ from, to }) => from !== to);
      if (real.length === 0) return;
      rotated += 1;
      const after = spliced(input, real);
      verifyEdits('x.yaml', { before: input, after, edits: real }, yaml);

      // Bytes: everything between the ids is unchanged.
      let at = 0;
      let shift = 0;
      for (const { start, end, to } of real) {
        assert.ok(after.subarray(at + shift, start + shift).equals(input.subarray(at, start)));
        assert.equal(after.subarray(start + shift, start + shift + to.length).toString(), to);
        shift += to.length - (end - start);
        at = end;
      }
      assert.ok(after.subarray(at + shift).equals(input.subarray(at)));

      // Meaning, with another reader: only leaves named CustomAmi differ.
      const before = leaves(meaning(input));
      const now = leaves(meaning(after));
      assert.deepEqual([...now.keys()], [...before.keys()]);
      for (const [path, old] of before) assert.ok(path.endsWith('/CustomAmi') || now.get(path) === old, path);

      // A second rotation has nothing to do.
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
});

it('writes images into queues that have none, and changes nothing else', () => {
  let filled = 0;
  const rooted = fc
    .tuple(id, fc.constantFrom(...STYLES), document, fc.constantFrom('', '# c', ' # ami-0123456789abcdef0'))
    .filter(
      ([, , input]) =>
        !/Image:[^]*\nSched|^(?:\ufeff|\u00ef\u00bb\u00bf)?---/m.test(input.toString('latin1')),
    )
    .map(([one, style, input, behind]) => {
      const text = input.toString('latin1');
      const lineEnd = /\r\n?|\n/.exec(text)?.[0] ?? '\n';
      const mark = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
      const image = style
        .replace('%', one)
        .replace('\n', () => `${behind === '' ? '' : ` ${behind.trim()}`}\n`);
      return Buffer.from(text.slice(0, mark) + image.replaceAll('\n', lineEnd) + text.slice(mark), 'latin1');
    });
  fc.assert(
    fc.property(rooted, id, (input, to) => {
      const { openings, references } = findReferences('x.yaml', input);
      const edits = openings.map(({ path, start, before, after }): SpliceEdit => {
        return { kind: 'insert', path, start, end: start, from: '', to: before + to + after };
      });
      if (edits.length === 0) return;
      filled += 1;
      const after = spliced(input, edits);
      verifyEdits('x.yaml', { before: input, after, edits }, yaml);
      const again = findReferences('x.yaml', after);
      assert.deepEqual(again.openings, []);
      const shown = (one: { path: string; id: string }) => `${one.path} ${one.id}`;
      const wanted = [...references, ...edits.map(({ path }) => ({ path, id: to }))];
      assert.deepEqual(again.references.map(shown).sort(byText), wanted.map(shown).sort(byText));
      const [before, now] = [leaves(meaning(input)), leaves(meaning(after))];
      for (const [path, old] of before) if (old !== null) assert.equal(now.get(path), old);
      for (const [path, one] of now)
        if (!before.has(path)) assert.equal(path.endsWith('/Image/CustomAmi') ? one : path, to);
    }),
    { numRuns: propertyRuns },
  );
  expect(filled).toBeGreaterThan(propertyRuns / 20);
});

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

it('reads any bytes without a crash, and gives correct offsets', () => {
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
      const edits = references.map(({ path, start, end, id: from }) => ({
        kind: 'id' as const,
        path,
        start,
        end,
        from,
        to: 'ami-0eeeeeeeeeeeeeeee',
      }));
      if (edits.length > 0)
        verifyEdits('x.yaml', { before: input, after: spliced(input, edits), edits }, yaml);
    }),
    { numRuns: runs },
  );
});

/** Replacements of an id or of words beside it; most of them would change more than an id. */
const replacement = fc.oneof(
  { weight: 4, arbitrary: id },
  fc.constantFrom(
    '',
    'x',
    'a: b',
    'x\ny',
    '"',
    "'",
    'ami-0123456789abcdef0 # c',
    '# c',
    '\t',
    'ami-1, b',
    '&a x',
  ),
);

it('proves no change from the new text that the comparison of both texts refuses', () => {
  let proven = 0;
  const comparing: Format = {
    id: yaml.id,
    reads: () => true,
    find: (...given) => yaml.find(...given),
    content: (given) => yaml.content(given),
  };
  const hit = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('id' as const, 'id' as const, 'comment' as const),
    to: replacement,
    isElsewhere: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.oneof(document, bytes), fc.array(hit, { minLength: 1, maxLength: 4 }), (input, hits) => {
      const text = input.toString('latin1');
      const { references } = findReferences('x.yaml', input);
      const words = [...text.matchAll(/ami-[0-9a-f]+|(?<=#.*)\w+/g)];
      if (words.length === 0) return;
      const edits = new Map<number, SpliceEdit>();
      for (const { at, kind, to, isElsewhere } of hits) {
        const { 0: from, index: start } = words[at % words.length] as RegExpExecArray;
        const reference = references.find((one) => one.start === start);
        const path = reference && isElsewhere > 0 ? reference.path : 'Image.CustomAmi';
        if (from !== to) edits.set(start, { kind, path, start, end: start + from.length, from, to });
      }
      const all = [...edits.values()].sort((a, b) => a.start - b.start);
      const after = all.length === 0 ? 'done' : splice('x.yaml', input, all);
      if (after === 'done' || !yaml.changesOnlyIds?.(after, all)) return;
      proven += 1;
      verifyEdits('x.yaml', { before: input, after, edits: all }, comparing);
    }),
    { numRuns: propertyRuns },
  );
  expect(proven).toBeGreaterThan(propertyRuns / 200);
});
