/** Tests the comparison of two images, with kernel and drivers separate, and its output. */
import { describe, expect, test } from 'vitest';
import { formatDiff, type Side } from '../../src/images/diff-text.ts';
import { cyclonedx, sbomText } from '../../src/sbom/cyclonedx.ts';
import { diffSboms, type SbomChange } from '../../src/sbom/diff.ts';
import { parseInventory } from '../../src/sbom/inventory.ts';
import { readSbom } from '../../src/sbom/read.ts';
import { LINES, subject } from './fixtures.ts';

function side(name: string, lines: readonly string[]): Side {
  const text = sbomText(cyclonedx(parseInventory(lines.join('\n')), { ...subject, name }));
  return { name, file: `/${name}`, content: readSbom(text, name) };
}

const before = side('old', [
  ...LINES,
  'rpm\tgone\t0:1-1\tnoarch',
  'rpm\tback\t0:2-1\tnoarch',
  'rpm\tkernel\t0:5.10.1-1\tx86_64',
]);
const after = side('new', [
  ...LINES.map((line) =>
    line
      .replace('4.2.46-34', '4.2.46-35')
      .replace('5.10.220-209.869', '5.10.230-223.885')
      .replace('127.05', '54.15'),
  ),
  'rpm\tback\t1:1-1\tnoarch',
  'rpm\tback\t0:1-1\ti686',
  'rpm\tkernel\t0:5.10.1-1\tx86_64',
  'rpm\tkernel\t0:5.10.2-1\tx86_64',
  'driver\tefa\t2.13.0',
]);

const short = ({ name, arch, from, to }: SbomChange): string =>
  [name, arch, from, '→', to].filter((part) => part !== '').join(' ');

describe('a difference', () => {
  const diff = diffSboms(before.content, after.content);

  test('sorts packages into added, removed, upgraded and downgraded by the version order of their kind', () => {
    expect(diff.added.map(short)).toEqual(['back i686  → 1-1', 'kernel x86_64  → 5.10.2-1']);
    expect(diff.removed.map(short)).toEqual(['gone noarch 1-1 → ']);
    // A higher epoch is always newer.
    expect(diff.upgraded.map(short)).toEqual([
      'back noarch 2-1 → 1:1-1',
      'bash x86_64 4.2.46-34.amzn2 → 4.2.46-35.amzn2',
    ]);
    expect(diff.downgraded).toEqual([]);
  });

  test('lists the kernel that boots and the drivers separately from packages', () => {
    expect(diff.kernel).toMatchObject({
      from: '5.10.220-209.869.amzn2.x86_64',
      to: '5.10.230-223.885.amzn2.x86_64',
    });
    expect(diff.drivers.map(short)).toEqual(['efa  → 2.13.0', 'nvidia 550.127.05 → 550.54.15']);
  });

  test('is reversed if the images are swapped', () => {
    const back = diffSboms(after.content, before.content);
    expect(back.downgraded.map(({ name }) => name)).toEqual(['back', 'bash']);
    expect([back.added.length, back.removed.length]).toEqual([1, 2]);
  });

  test('is none between an image and itself', () => {
    expect(formatDiff('table', before, before, diffSboms(before.content, before.content))).toBe(
      'old → old\nno difference',
    );
  });
});

describe('a difference is shown', () => {
  const diff = diffSboms(before.content, after.content);

  test('as a table that starts with the changes that can break clusters', () => {
    const lines = formatDiff('table', before, after, diff).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
      'old → new', 'CHANGE', 'kernel', 'driver', 'driver', 'removed', 'added', 'added', 'upgraded', 'upgraded',
      'kernel changed · 2 drivers · 2 added · 1 removed · 2 upgraded · 0 downgraded',
    ]); // prettier-ignore
    expect(lines[9]).toMatch(/^upgraded +bash x86_64 +4\.2\.46-34\.amzn2 +4\.2\.46-35\.amzn2$/);
  });

  test('as Markdown in which no text breaks out of its cell', () => {
    const evil = side('a|b', ['rpm\tpipe|`<b>\t0:1-1\tnoarch']);
    const text = formatDiff(
      'markdown',
      side('none', []),
      evil,
      diffSboms(side('none', []).content, evil.content),
    );
    const row = text.split('\n').find((line) => line.includes('added |'));
    expect(row).toBe('| added | pipe\\|\\`\\<b\\> noarch | - | 1-1 |');
    expect(text).toContain('The package list of none is incomplete');
  });
});
