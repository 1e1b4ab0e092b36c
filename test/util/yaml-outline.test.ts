/** Tests of the outline reader: what it reads, and what it leaves to the library. */
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq } from 'yaml';
import { clusterConfig } from '../../bench/cluster-configs.mjs';
import { outline } from '../../src/util/yaml-outline.ts';
import { readYaml } from '../../src/util/yaml.ts';
import { fixtures } from '../rotate/fixtures.ts';
import { sameAsLibrary } from './outline-same.ts';
import { realistic } from '../rotate/realistic.ts';

it.each(fixtures)('reads as the library does, or leaves the file to it: $title', ({ bytes }) => {
  expect(() => sameAsLibrary(bytes.toString('latin1'))).not.toThrow();
});

it.each([
  ['LF', realistic],
  ['CR LF', realistic.replaceAll('\n', '\r\n')],
  ['no end of the last line', realistic.trimEnd()],
  ['a document mark', `# c\n---\n${realistic}`],
])('reads a typical cluster config of a company: %s', (_, text) => {
  expect(sameAsLibrary(text)).toBe(true);
});

it('reads every kind of config that bench/rotate.mjs makes', () => {
  const left = Array.from({ length: 40 }, (_, number) => number).filter(
    (number) => !sameAsLibrary(clusterConfig(number, { anchors: number % 2 === 1 }).bytes.toString('latin1')),
  );
  expect(left).toEqual([]);
});

describe('reads', () => {
  it.each([
    ['values that are missing', 'a:\nb: \n#c\nc: # c\nd:\n  - \n  -\n'],
    ['lists at the indent of their key', 'a:\n- b: 1\n  c:\n  - d\n  - e\nf: 1\n'],
    ['lists in lists', '- - a\n  - b\n-   - c\n-\n  - d\n'],
    ['comments anywhere', '# a\na: # b\n# c\n    # d\n  b: 1 # e\n\n  # f\nc: 2\n# g\n'],
    ['quoted keys and colons inside of words', `"a b": 'it''s'\n'c': "x # y: z"\nAWS::Region: s3://b/c:d\n`],
    ['flow collections', 'a: { b: [c, "d"], \'e\': {} , f::g: h i }  # c\nb: [ [], {}, [a:b, c#d] ]\n'],
    ['anchors', 'a: &x 1\nb: &y-2 "c" # d\ne: &z { f: g }\nh: &i |\n  j\nk:\n  - &l m\n'],
    ['anchors of collections', 'a: &x # c\n  b: &y\n    - c\n  d: &z\n  - e\nf:\n- &v\n  g: h\n'],
    ['aliases', 'a: &x 1\nb: *x # c\nd: [*x, {e: *x}, *x]\nf:\n- *x\n- g: *x\n'],
    ['an anchor given twice', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n'],
    ['an alias within its anchor', 'a: &x\n  b: *x\n'],
    ['merge keys', 'a: &x { b: c }\nd:\n  <<: *x\n  e: f\ng: { <<: *x, h: i }\nj:\n  <<: [*x, *x]\n'],
    ['block scalars', 'a: |\n  b\n\n   c\n\nd: >- # e\n    f\n    g\nh:\n- |2+\n    i\n\n- >\n j\nk: |\n'],
    ['block scalars with an indent of their own', 'a: |1\n   b\n  c\n \n d\ne: >1-\n   f\n\n g\n'],
    ['block scalars with CR LF', 'a: |\r\n  b\r\n\r\n  c\r\n\r\nd: >\r\n  e\r\n  f'],
  ])('%s', (_, text) => {
    expect(sameAsLibrary(text)).toBe(true);
  });
});

describe('leaves to the library', () => {
  it.each([
    ['an anchor of a key', '&x a: 1\n'],
    ['an anchor of a key in a list', '- &x a: 1\n'],
    ['an anchor of nothing', 'a: &x\nb: 1\n'],
    ['an anchor of nothing at the end', 'a: &x\n'],
    ['an anchor of an alias', 'a: &x 1\nb: &y *x\n'],
    ['an anchor in flow', 'a: [&x b]\n'],
    ['an alias without an anchor', 'a: 1\nb: *x\n'],
    ['an alias above its anchor', 'a: *x\nb: &x 1\n'],
    ['an alias of the flow collection around it', 'a: &x 1\nb: &x [*x]\n'],
    ['an alias as a key', 'a: &x b\n*x : c\n'],
    ['tags', 'a: !Ref b\n'],
    ['tabs', 'a:\t1\n'],
    ['a value over several lines', 'a: b\n  c\n'],
    ['quotes over several lines', 'a: "b\n  c"\n'],
    ['escapes', 'a: "\\u0061"\n'],
    ['flow over several lines', 'a: [b,\n  c]\n'],
    ['empty values and trailing commas in flow', 'a: [b, ]\n'],
    ['flow without commas', 'a: ["b" "c"]\n'],
    ['a comment without a blank before it', 'a: "b"# c\n'],
    ['templates', 'a: {{ b }}\n'],
    ['a key twice', 'a: 1\nb: 2\na: 3\n'],
    [
      'a key twice among many',
      `${Array.from({ length: 30 }, (_, index) => `k${index}: 1\n`).join('')}k20: 2\n`,
    ],
    ['a key twice in flow', 'a: { b: 1, b: 2 }\n'],
    ['an odd indent', 'a:\n    b: 1\n  c: 2\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
    ['an explicit key', '? a\n: b\n'],
    ['a colon in a plain value', 'a: b: c\n'],
    ['a byte order mark', '\ufeffa: 1\n'],
    ['a lone CR', 'a: 1\rb: 2\n'],
    ['no document', '# only a comment\n'],
    ['nothing', ''],
    ['nesting without end', `a: ${'['.repeat(200)}${']'.repeat(200)}\n`],
  ])('%s', (_, text) => {
    expect(outline(text)).toBeUndefined();
  });
});

it("makes nodes that pass the library's own tests", () => {
  const root = outline('a: [b]\n')?.root;
  if (!isMap(root)) throw new Error('no map');
  const [pair] = root.items;
  expect([isScalar(pair?.key), isSeq(pair?.value), root.get('a', true) === pair?.value]).toEqual([
    true,
    true,
    true,
  ]);
  expect(readYaml('a: [b]\n').documents).toHaveLength(1);
});
