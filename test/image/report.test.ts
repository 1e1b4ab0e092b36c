/** Owns: what a step tells in pieces arrives whole, or it is said what lacks. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { joinData, listen, readData, type DataPiece, type Said } from '../../src/image/report.ts';
import { sha256 } from '../../src/util/sha256.ts';

const file = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251)), { level: 0 });

function linesOf(bytes: Buffer, name = 'inventory', width = 1000): string[] {
  const text = bytes.toString('base64');
  const pieces = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return pieces.map((piece, at) => `bake-data ${name} ${at + 1}/${pieces.length} ${sha256(bytes)} ${piece}`);
}

function heard(lines: string[]): DataPiece[] {
  const said: Said = { reports: [], data: [] };
  for (const line of lines) listen(line, said);
  return said.data;
}

const lines = linesOf(file);
const whole = { bytes: file };

describe('data in lines', () => {
  test('arrive whole, whatever a logger puts around them', () => {
    expect(lines.length).toBeGreaterThan(5);
    const around = lines.flatMap((line) => [
      'noise',
      `2026-11-21T00:00:00 Stdout: ${line}\r`,
      'bake-data of no kind',
    ]);
    expect(joinData('inventory', heard(around))).toEqual(whole);
  });

  test('arrive whole in any order, and twice', () => {
    expect(joinData('inventory', heard([...lines].reverse()))).toEqual(whole);
    expect(joinData('inventory', heard([...lines, ...lines]))).toEqual(whole);
  });

  test('are those of the last run, where a step ran again after a reboot', () => {
    const again = gzipSync('another');
    expect(joinData('inventory', heard([...lines, ...linesOf(again)]))).toEqual({ bytes: again });
    // The second run was cut short: half of it is no list, and the first one is out of date.
    const half = heard([...linesOf(again, 'inventory', 8), ...lines.slice(0, -1)]);
    expect(joinData('inventory', half)).toEqual({
      lacks: `piece ${lines.length} of ${lines.length} is missing`,
    });
  });

  test.each([
    ['nothing', []],
    ['those of another name', linesOf(file, 'other')],
  ])('that are %s are no data', (_, given) => {
    expect(joinData('inventory', heard(given))).toEqual({ lacks: 'nothing was told' });
  });

  test('of which one is lost are none, whichever it is', () => {
    for (const at of lines.keys()) {
      expect(joinData('inventory', heard(lines.toSpliced(at, 1)))).toEqual({
        lacks: `piece ${at + 1} of ${lines.length} is missing`,
      });
    }
  });

  test('of which one was altered are none', () => {
    const altered = lines.toSpliced(2, 1, (lines[2] ?? '').replace(/ (\S)(\S+)$/, ' $2$1'));
    expect(joinData('inventory', heard(altered))).toEqual({
      lacks: 'it was altered on the way: another digest',
    });
    expect(joinData('inventory', heard([...lines, altered[2] ?? '']))).toEqual({
      lacks: `there are two different pieces 3 of ${lines.length}`,
    });
  });

  test('that count in two ways are none', () => {
    const other = (lines[0] ?? '').replace(/ 1\/\d+ /, ' 1/2 ');
    expect(joinData('inventory', heard([other, ...lines]))).toEqual({
      lacks: 'its pieces are numbered in two ways',
    });
  });

  test.each([
    'bake-data inventory 0/1 X Y',
    'bake-data inventory 1/0 X Y',
    'bake-data inventory 1/99999 X Y',
    'bake-data Inventory 1/1 X Y',
    'bake-data inventory 1/1 X Y Z',
  ])('of another form are ignored: %s', (line) => {
    expect(readData(line.replace('X', 'a'.repeat(64)).replace('Y', 'QUJD'))).toBeUndefined();
  });

  test('are found in a log of many lines of others without keeping those', () => {
    const said: Said = { reports: [], data: [] };
    const noise = 'x'.repeat(1000);
    // 200 MB go by.
    for (let at = 0; at < 200_000; at++) listen(at % 20_000 === 0 ? (lines[at / 20_000] ?? '') : noise, said);
    expect(joinData('inventory', said.data)).toEqual(whole);
    expect(said.reports).toEqual([]);
  });
});
