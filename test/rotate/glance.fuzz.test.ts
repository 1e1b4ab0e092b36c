/** Tests of glance(): a full read finds nothing to do in a file that it skips. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findReferences, readReferences } from '../../src/rotate/find.ts';
import type { FileFindings } from '../../src/rotate/format.ts';
import { glance, isSettled, type GlanceSettings } from '../../src/rotate/glance.ts';
import { fixtures } from './fixtures.ts';

const A = 'ami-0aaaaaaaaaaaaaaaa';
const B = 'ami-0bbbbbbbbbbbbbbbb';
const C = 'ami-0cccc000';
const settled = { settled: new Set([A]) };

function look(text: string, how?: GlanceSettings): string {
  return glance(Buffer.from(text, 'latin1'), how);
}

it.each([
  ['', 'nothing'],
  ['Region: us-east-1\nOs: alinux2\n', 'nothing'],
  // Letters of other words.
  ['dynamic: family\n', 'nothing'],
  [`  # CustomAmi: ${A}\n# the AMI of old\n`, 'nothing'],
  [`a: b\r#${A}\r`, 'nothing'],
  [`a: b # ${A}\n`, 'read'],
  [`CustomAmi: ${A}\n`, 'read'],
  ['CustomAmi: "{{ x }}"\n', 'read'],
  ['custom_ami = x\n', 'read'],
  ['AMI=$X\n', 'read'],
  ['ImageId: !Ref X\n', 'read'],
  ['image_id = var.x\n', 'read'],
  ['ParentImage: arn:aws:x\n', 'read'],
  ['AMI', 'read'],
])('skips files without words of AMIs: %j → %s', (text, what) => {
  expect(look(text)).toBe(what);
});

it.each([
  [`CustomAmi: ${A}\n`, 'nothing'],
  [`CustomAmi: ${A}`, 'nothing'],
  [`{"CustomAmi" : "${A}"}`, 'nothing'],
  [`custom_ami = '${A}'\n`, 'nothing'],
  [`AMI_ID=${A}\nImageId: ${A} # ${A}\n- ${A}\n`, 'nothing'],
  [`CustomAmi: ${A}\n  # CustomAmi: ${B}\n`, 'nothing'],
  [`CustomAmi: ${B}\n`, 'read'],
  [`CustomAmi: ${A}\nX: ${B}\n`, 'read'],
  [`CustomAmi: ${A}0\n`, 'read'],
  [`CustomAmi: ${A}-x\n`, 'read'],
  [`CustomAmi:\n  ${A}\n`, 'read'],
  [`CustomAmi: &ami ${A}\n`, 'read'],
  [`CustomAmi: !Sub ${A}\n`, 'read'],
  ['CustomAmi: "{{ x }}"\n', 'read'],
])('skips settled ids directly after their keys: %j → %s', (text, what) => {
  expect(look(text, settled)).toBe(what);
});

it('knows that only some ids move', () => {
  expect(look(`CustomAmi: ${B}\n`, { moving: new Set([A]) })).toBe('nothing');
  expect(look(`CustomAmi: ${A}\n`, { moving: new Set([A]) })).toBe('read');
});

it('reads comments in literal mode', () => {
  expect(look(`# ${A}\n`, { literal: true })).toBe('read');
  expect(look(`# ${A}\n`, { ...settled, literal: true })).toBe('nothing');
});

it('distinguishes UTF-16 from binary files', () => {
  for (const text of [`CustomAmi: ${A}`, 'custom_ami=x', 'AMI=x']) {
    const wide = Buffer.from(text, 'utf16le');
    expect(glance(wide)).toBe('utf16');
    expect(glance(Buffer.from(wide).swap16())).toBe('utf16');
    expect(findReferences('x.yaml', wide)).toMatchObject({
      references: [],
      indirect: [{ line: 1, found: 'CustomAmi' }],
    });
  }
  expect(glance(Buffer.from('Region: x', 'utf16le'))).toBe('binary');
  expect(glance(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, ...Buffer.from(A)]))).toBe('binary');
  // NUL bytes further on are errors in a text.
  expect(look(`${'x'.repeat(2000)}\0 ${A}`)).toBe('read');
});

it('reads one line of megabytes', () => {
  // Looking for the start of the line at each word would not end within the time limit of a test.
  expect(look(`${`${A} `.repeat(300_000)}${B}`, settled)).toBe('read');
});

/** The work that remains: settled references and entries are ignored, and so is the syntax of a file without others. */
function open(found: FileFindings, how: GlanceSettings): unknown {
  const references = found.references.filter(({ id }) => !isSettled(id, how));
  const openings = found.openings.filter(({ inherits }) => !isSettled(inherits, how));
  return { references, openings, indirect: found.indirect };
}

const nothing = { references: [], openings: [], indirect: [] };

/** The findings of a full read in a file that glance() skips. */
function hidden(name: string, bytes: Buffer, how: GlanceSettings): unknown {
  return glance(bytes, how) === 'nothing' ? open(readReferences(name, bytes, how, 'read'), how) : nothing;
}

it.each(fixtures)('gives the same result with and without glance(): $title', ({ bytes, references }) => {
  const ids = references.map((reference) => /ami-\w+/.exec(reference)?.[0] ?? '');
  const all: GlanceSettings[] = [{}, { settled: new Set(ids) }, { moving: new Set() }];
  const looks = [...all, ...ids.map((id) => ({ settled: new Set(ids.filter((other) => other !== id)) }))];
  for (const how of looks) expect(hidden('x.yaml', bytes, how)).toEqual(nothing);
  // A file with work to do is never skipped.
  expect(references.length === 0 || glance(bytes) === 'read').toBe(true);
});

const word = fc.constantFrom(
  A,
  B,
  C,
  `"${A}"`,
  `'${B}'`,
  `${A} # ${B}`,
  `${A}x`,
  '"{{ x }}"',
  '!Ref X',
  '',
  '[]',
  `{ CustomAmi: ${A} }`,
  `|\n      CustomAmi: ${B}`,
  `|\n      x\n      # ${C}`,
  `<<X\n# ${C}\nX`,
  `>-\n      ${A}`,
  'x',
  '&a x',
  '*a',
);
const key = fc.constantFrom(
  'CustomAmi',
  'Os',
  'ImageId',
  'ParentImage',
  'Default',
  'custom_ami',
  '"CustomAmi"',
  '# CustomAmi',
  'family',
);
const line = fc.tuple(
  fc.constantFrom('', '  ', '    ', '  - '),
  key,
  fc.constantFrom(': ', ' = ', '=', ':  '),
  word,
);
const head = fc.constantFrom(
  '',
  'Image:\n',
  'Image:\n  Os: alinux2\nHeadNode:\n  Image:\n',
  'Scheduling:\n  SlurmQueues:\n',
  '[cluster x]\n',
  'Resources:\n',
);
const file = fc.constantFrom('x.yaml', 'x.ini', 'x.sh', 'x.tf', 'x.json', 'config', 'x.txt', '.env');

it('gives the same result with and without glance() for random files', () => {
  fc.assert(
    fc.property(
      file,
      head,
      fc.array(line, { maxLength: 6 }),
      fc.subarray([A, B, C]),
      (name, first, lines, ids) => {
        const bytes = Buffer.from(first + lines.map((parts) => `${parts.join('')}\n`).join(''));
        for (const how of [{ settled: new Set(ids) }, { moving: new Set(ids) }, {}]) {
          expect(hidden(name, bytes, how), bytes.toString('latin1')).toEqual(nothing);
        }
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 3000) },
  );
});
