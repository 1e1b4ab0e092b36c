/** Property tests of the outline reader: whatever it reads, the library reads in the same way. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fixtures } from '../rotate/fixtures.ts';
import { sameAsLibrary } from './outline-same.ts';
import { realistic } from '../rotate/realistic.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const word = fc.constantFrom(
  ...'Image·CustomAmi·a·b·q-1·AWS::Region·s3:GetObject·10.0.0.0/16·012·~·null·<x>·${AMI}·ami-0123456789abcdef0·x.y'.split(
    '·',
  ),
);
const plain = fc.oneof(
  word,
  fc.constantFrom(
    ..."two  words·a#b·a:b·a: b·a :b·ends:·- x·-x·-·--flag·---·...·{{ x }}·%x%·@x·`x`·\"x·*a·&a x·!t x·? x·[·]·,x·a, b·a]b·x 'y'·=·>·|x·ü\u00a0".split(
      '·',
    ),
  ),
);
const quotedWord = fc.oneof(
  { weight: 8, arbitrary: word.map((one) => `"${one}"`) },
  { weight: 8, arbitrary: word.map((one) => `'${one}'`) },
  fc.constantFrom(
    '""',
    "''",
    "'it''s'",
    '"a # b: c"',
    "'a # b: c'",
    '"\\n"',
    '"\\"',
    '"x',
    "'x",
    '"a" b',
    '"a"#b',
    "' x '",
  ),
);
const comment = fc.constantFrom('', '', '', '', ' # c', '   #c', '#', '# ', ' #', ' # a: b', '  ');
const blank = fc.constantFrom('', '', ' ', '  ');
const alias = fc.constantFrom('*x', '*x', '*y', '*x-1', '*x*', '*');
const flow: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 4,
      arbitrary: fc.oneof(
        { weight: 5, arbitrary: word },
        { weight: 3, arbitrary: quotedWord },
        { weight: 1, arbitrary: alias },
        plain,
      ),
    },
    fc
      .tuple(
        fc.array(tie('value'), { maxLength: 3 }),
        blank,
        fc.constantFrom(', ', ', ', ',', ' , ', ',,', ' '),
      )
      .map(([items, pad, comma]) => `[${pad}${items.join(comma)}${pad}]`),
    fc
      .tuple(
        fc.array(
          fc.tuple(
            fc.oneof({ weight: 4, arbitrary: word }, { weight: 4, arbitrary: quotedWord }, fc.constant('<<')),
            fc.constantFrom(': ', ': ', ':  ', ':', ' : ', ''),
            tie('value'),
          ),
          {
            maxLength: 3,
          },
        ),
        blank,
      )
      .map(([items, pad]) => `{${pad}${items.map((one) => one.join('')).join(', ')}${pad}}`),
  ),
})).value;

/** A mark before a value. Few names, so that aliases find their anchors. */
const anchor = fc.constantFrom(
  ...Array.from({ length: 16 }, () => ''),
  ' &x',
  ' &y',
  ' &x-1',
  '  &x',
  ' &x ',
  ' &',
  ' &x &y',
);

const header = fc.constantFrom(
  ...'| |- > >- |+ >+ |2 |2- >-2 |9 |x |-- |# | #c'.split(' '),
  '|  # c',
  '> #',
  '|1',
  '>1+',
);
const lines = fc.array(
  fc.tuple(fc.nat(5), fc.constantFrom('text', 'more: text', '# no comment', '', '', '- x')),
  { maxLength: 5 },
);

const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));

/** A node as it follows `key:` or `-`: on the same line, or as a block on the lines below. */
const node: fc.Arbitrary<string> = fc.letrec<{ node: string; map: string; seq: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    {
      weight: 5,
      arbitrary: fc
        .tuple(anchor, fc.oneof({ weight: 9, arbitrary: word }, plain), comment)
        .map(([mark, one, c]) => `${mark} ${one}${c}\n`),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(anchor, quotedWord, comment).map(([mark, one, c]) => `${mark} ${one}${c}\n`),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(anchor, flow, comment).map(([mark, one, c]) => `${mark} ${one}${c}\n`),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(alias, comment).map(([one, c]) => ` ${one}${c}\n`),
    },
    { weight: 1, arbitrary: comment.map((c) => `${c}\n`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(anchor, header, lines)
        .map(
          ([mark, head, body]) =>
            `${mark} ${head}\n${body.map(([by, text]) => `${' '.repeat(by)}${text}\n`).join('')}`,
        ),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(anchor, comment, tie('map'), fc.constantFrom(2, 2, 2, 4, 1, 3))
        .map(([mark, c, map, by]) => `${mark}${c}\n${indented(map, by)}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(anchor, comment, tie('seq'), fc.constantFrom(0, 2, 2, 4))
        .map(([mark, c, seq, by]) => `${mark}${c}\n${indented(seq, by)}`),
    },
  ),
  map: fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 9, arbitrary: word },
          { weight: 2, arbitrary: quotedWord },
          { weight: 1, arbitrary: fc.constantFrom('<<', '<<', '&x a', '*x', '*x ') },
          plain,
        ),
        tie('node'),
        noise(),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((pairs) => pairs.map(([key, value, more]) => `${key}:${value}${more}`).join('')),
  seq: fc
    .array(
      fc.oneof(
        fc.tuple(tie('node'), noise()).map(([value, more]) => `-${value}${more}`),
        fc.tuple(tie('map'), fc.constantFrom(1, 1, 3), noise()).map(([map, by, more]) => {
          return `-${indented(map, by + 1).slice(1)}${more}`;
        }),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((items) => items.join('')),
})).map;

function noise() {
  return fc.constantFrom('', '', '', '', '', '', '\n', '  \n', '# c\n', '    # c\n', '\n\n# c\n', '---\n');
}

const document = fc
  .record({
    head: fc.constantFrom(
      '',
      '',
      ...Array.from({ length: 6 }, () => 'p: &x { c: d }\nq: &y e\nr:\n- &x-1 f\n'),
      '# c\n',
      '---\n',
      '# c\n---\n',
      '--- # c\n',
      '---\n---\n',
      '\n\n',
      '--- x\n',
    ),
    body: node,
    end: fc.constantFrom('\n', '\n', '\r\n'),
    whole: fc.boolean(),
  })
  .map(({ head, body, end, whole }) => {
    const text = `${head}${body}`.replaceAll('\n', end);
    return whole ? text : text.trimEnd();
  });

const soup = fc
  .array(
    fc.tuple(
      fc.constantFrom(0, 0, 2, 2, 4, 6, 1, 3),
      fc.constantFrom(
        ...'a: b·a:·- a: b·- a·-·- - a·b: [x, y]·b: { c: d }·# c·text·a: |·a: >-·- |·- a: |·"q": 1·\'r\': "s"·--- ·...·x: y # c·? k·k: "v" w·d: &x y·d: &x·e: &y·- &x·- &y a·- &x a: b·f: *x·g: *y # c·<<: *x·- *x·[*x, *y]·&x a: b·*x : c·:·: v·- # c·e: #·· '.split(
          '·',
        ),
      ),
    ),
    { maxLength: 12 },
  )
  .map((all) => all.map(([by, text]) => `${' '.repeat(by)}${text}\n`).join(''));

const known = [
  realistic,
  ...fixtures.map((one) => one.bytes.toString('latin1')).filter((text) => text.length > 40),
];
const wounded = fc
  .tuple(
    fc.constantFrom(...known),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(2),
        fc.constantFrom(...' ·\n·:·-·#·"·\'·{·}·[·]·,·  ·: ·\t·\r·|·a·&·*·!·<<: · &x ·*x'.split('·')),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    fc.nat(),
  )
  .map(([whole, hits, from]) => {
    // A window of lines, because reading a whole long file each time would repeat the same test.
    const all = whole.split('\n');
    let text = all.slice(from % all.length, (from % all.length) + 25).join('\n');
    for (const [at, cut, piece] of hits) {
      const here = at % (text.length + 1);
      text = text.slice(0, here) + piece + text.slice(here + cut);
    }
    return text;
  });

it('is read as the library reads it, document for document', () => {
  let read = 0;
  let readWithAlias = 0;
  fc.assert(
    fc.property(document, (text) => {
      if (!sameAsLibrary(text)) return;
      read += 1;
      if (/[:-] +\*/.test(text)) readWithAlias += 1;
    }),
    { numRuns: runs / 2 },
  );
  // The results must not be equal because the reader gave up.
  expect(read).toBeGreaterThan(runs / 20);
  expect(readWithAlias).toBeGreaterThan(runs / 400);
});

it.each([
  ['lines thrown together', soup],
  ['configs with wounds', wounded],
])(
  'reads nothing that the library reads otherwise: %s',
  (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        sameAsLibrary(text);
      }),
      { numRuns: runs / 4 },
    );
  },
  600_000,
);
