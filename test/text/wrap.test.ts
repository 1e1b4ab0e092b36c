/** Tests that texts fit a screen without a cut word, and that a broken command is still the same command. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { columns, table } from '../../src/text/tables.ts';
import { widthOf } from '../../src/text/width.ts';
import { wrapCommand, wrapText } from '../../src/text/wrap.ts';

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const word = fc.stringMatching(/^[a-z0-9/.:→·ü-]{1,30}$/);
const line = fc
  .tuple(
    fc.constantFrom('', '  ', '✓ bake     ', '  --option ID  ', '      '),
    fc.array(word, { minLength: 1 }),
  )
  .map(([head, list]) => head + list.join(' '));

describe('a text', () => {
  it('has the same words in every width, and no line that could have been shorter', () => {
    fc.assert(
      fc.property(fc.array(line).map((lines) => lines.join('\n')), fc.integer({ min: 40, max: 200 }), (text, width) => {
        const wrapped = wrapText(text, width);
        expect(words(wrapped)).toEqual(words(text));
        for (const one of wrapped.split('\n')) {
          const tooWide = widthOf(one) > width;
          if (tooWide) expect(words(one.replace(/^( *\S+ {2,})/, '')).length).toBeLessThanOrEqual(2);
        }
      }),
      { seed: 20261201 },
    );
  }); // prettier-ignore

  it('hangs below its own first words', () => {
    expect(wrapText('✓ bake     alinux2 x86_64 · ami-04feca42c6c4d713b is ready', 44)).toBe(
      '✓ bake     alinux2 x86_64 ·\n           ami-04feca42c6c4d713b is ready',
    );
    expect(wrapText('short', 80)).toBe('short');
    expect(wrapText('a file is not a terminal '.repeat(20), Infinity)).not.toContain('\n');
  });
});

test('a command in several lines is the same command for a shell', () => {
  const long =
    "  printf '%s\\n' ami-00909c2f462ff8e3b ami-04feca42c6c4d713b --os alinux2 --sandbox  # what changed";
  const broken = wrapCommand(long, 50);
  expect(broken.split('\n')[0]).toBe('  # what changed');
  for (const one of broken.split('\n')) expect(widthOf(one)).toBeLessThanOrEqual(50);
  const output = execFileSync('bash', ['-c', broken], { encoding: 'utf8' });
  expect(words(output)).toEqual([
    'ami-00909c2f462ff8e3b', 'ami-04feca42c6c4d713b', '--os', 'alinux2', '--sandbox',
  ]); // prettier-ignore
});

describe('a table that is too wide', () => {
  const rows = [
    ['us-east-1', 'ami-00909c2f462ff8e3b', '', 'available, protected'],
    ['eu-west-1', 'ami-04feca42c6c4d713b', 'stable', 'available'],
  ];

  it('becomes a block for each row', () => {
    expect(table(['region', 'image', 'channel', 'state'], rows, 45)).toBe(
      `REGION  us-east-1
IMAGE   ami-00909c2f462ff8e3b
STATE   available, protected

REGION   eu-west-1
IMAGE    ami-04feca42c6c4d713b
CHANNEL  stable
STATE    available`,
    );
    expect(table(['region', 'image', 'channel', 'state'], rows, 80).split('\n')).toHaveLength(3);
  });

  it('without headings has its cells below the first', () => {
    const list = [
      ['clusters/prod.yaml:17', 'Scheduling.SlurmQueues[0].Image.CustomAmi', 'ami-0 → ami-1'],
      ['', 'a row that belongs to the one above'],
    ];
    expect(columns(list, '  ', 60)).toBe(`  clusters/prod.yaml:17
    Scheduling.SlurmQueues[0].Image.CustomAmi
    ami-0 → ami-1
    a row that belongs to the one above`);
  });
});
