/** Fuzzes the conversion of configs for templates: the result means the same, or the config is refused; it never crashes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Document, isScalar, parse, parseDocument, visit } from 'yaml';
import { convertConfig } from '../../src/template/carried.ts';
import { BakeError, BakeErrors } from '../../src/errors/bake-error.ts';
import { aliased, rootOnly } from './configs.ts';

/** Each run reads several documents with the YAML library, so there are fewer runs. */
const numRuns = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 10_000) / 50);

/** The text, or undefined if it was refused with a valid error. */
function carried(bytes: Buffer): string | undefined {
  try {
    return convertConfig('prod.yaml', bytes);
  } catch (error) {
    const errors = error instanceof BakeErrors ? error.errors : [error];
    for (const one of errors) if (!(one instanceof BakeError) || one.code !== 'TEMPLATE_CONFIG') throw error;
    return undefined;
  }
}

const name = fc.constantFrom('Image', 'Name', 'CustomAmi', 'a', 'b', 'c', 'Tags', 'Key-1');
const value = fc.oneof(
  fc.constantFrom(
    'on',
    'yes',
    'true',
    '010',
    '0x1f',
    '1_000',
    '3.10',
    'c5.large',
    "it's",
    'a: b',
    '# no',
    '- x',
    '',
    'ü',
  ),
  fc.integer(),
  fc.boolean(),
  // Without exponents, because 1e3 is a text to PyYAML and a number to the library of this test.
  fc.integer().map((number) => number / 8),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[^\x20-\x7e]/g, '_')),
);
const { tree } = fc.letrec<{ tree: unknown; map: Record<string, unknown> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    value,
    fc.array(tie('tree'), { maxLength: 3, minLength: 1 }),
    tie('map'),
  ),
  map: fc.dictionary(name, tie('tree'), { maxKeys: 4, minKeys: 1 }),
}));
const root = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 5 });

/** A document as people write it: flow or block, any quotes, with anchors and aliases. */
function written(
  data: unknown,
  style: { flow: boolean; indent: number; seqIndent: boolean; crlf: boolean },
): string {
  const document = new Document(data, { version: '1.1', merge: true, aliasDuplicateObjects: true });
  if (style.flow) {
    let at = 0;
    visit(document, {
      Collection: (key, node) => void ((at += 1) % 3 === 0 && key !== null && (node.flow = true)),
    });
  }
  const text = document.toString({ indent: style.indent, indentSeq: style.seqIndent, lineWidth: 0 });
  return style.crlf ? text.replaceAll('\n', '\r\n') : text;
}

test('a config means the same inside a template', () => {
  let kept = 0;
  const styles = fc.record({
    flow: fc.boolean(),
    indent: fc.integer({ min: 2, max: 6 }),
    seqIndent: fc.boolean(),
    crlf: fc.boolean(),
  });
  fc.assert(
    fc.property(root, fc.boolean(), styles, (data, share, style) => {
      // The library prints shared objects as an anchor and aliases.
      const whole = share ? { ...data, first: data, again: { ...data, third: data } } : data;
      const text = written(whole, style);
      const out = carried(Buffer.from(text));
      if (out === undefined) return;
      kept += 1;
      const indented = `Config:\n${out.replace(/^(?=[^\n])/gm, '        ')}After: 1\n`;
      const inside = parse(Buffer.from(indented, 'latin1').toString('utf8'), {
        version: '1.1',
        merge: true,
      }) as { Config: unknown };
      expect(inside.Config).toEqual(parse(text, { version: '1.1', merge: true }));
    }),
    { numRuns },
  );
  expect(kept).toBeGreaterThan(numRuns / 3);
});

test('the result of any input has no alias, anchor, tag, merge key or null', () => {
  const seeds = [
    rootOnly.slice(0, 500),
    aliased('alinux2').slice(0, 420),
    'a: &a {x: 1}\nb:\n- <<: *a\n  "k": [*a, &s >-\n    folded\n  ]\n',
    '{\n\t"a": {"b": [1, true, "x"]},\n\t"c": "d"\n}',
  ];
  const cut = fc.record({
    at: fc.nat(500),
    drop: fc.nat(8),
    put: fc.constantFrom(
      '',
      ' ',
      '\n',
      '&x ',
      '*x',
      '*ami',
      '<<: *q',
      '!Ref ',
      '~',
      ':',
      '- ',
      '{',
      '}',
      '"',
      '|',
      '\t',
      '#',
      '\r',
      '---\n',
      '\u0000',
      'ü',
    ),
  });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(cut, { minLength: 1, maxLength: 4 }), (seed, cuts) => {
      let text = seed;
      for (const { at, drop, put } of cuts) text = text.slice(0, at) + put + text.slice(at + drop);
      const out = carried(Buffer.from(text));
      if (out === undefined) return;
      const document = parseDocument(out, { schema: 'failsafe' });
      const left: string[] = document.errors.map(({ message }) => message);
      visit(document, {
        Alias: () => void left.push('alias'),
        Node: (_key, node) => void ((node.anchor ?? node.tag) === undefined || left.push('anchor or tag')),
        Pair: (_key, { key }) => void (isScalar(key) && key.value === '<<' && left.push('merge key')),
      });
      expect(left).toEqual([]);
    }),
    { numRuns },
  );
});

test('any bytes are converted or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void carried(Buffer.from(bytes))),
    { numRuns },
  );
});
