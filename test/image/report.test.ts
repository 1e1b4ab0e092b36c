/** Tests that data which a step reports in pieces arrives complete, or bake knows what is missing. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { joinData, collectReport, readData, type DataPiece, type Reports } from '../../src/image/report.ts';
import { sha256 } from '../../src/util/sha256.ts';

const file = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251)), { level: 0 });

function linesOf(bytes: Buffer, name = 'inventory', width = 1000): string[] {
  const text = bytes.toString('base64');
  const pieces = text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return pieces.map((piece, at) => `bake-data ${name} ${at + 1}/${pieces.length} ${sha256(bytes)} ${piece}`);
}

function piecesIn(lines: string[]): DataPiece[] {
  const into: Reports = { reports: [], data: [] };
  for (const line of lines) collectReport(line, into);
  return into.data;
}

const lines = linesOf(file);
const whole = { bytes: file };

describe('data in pieces', () => {
  test('arrives complete, whatever a logger adds to the lines', () => {
    expect(lines.length).toBeGreaterThan(5);
    const around = lines.flatMap((line) => [
      'noise',
      `2026-11-21T00:00:00 Stdout: ${line}\r`,
      'bake-data of no kind',
    ]);
    expect(joinData('inventory', piecesIn(around))).toEqual(whole);
  });

  test('arrives complete in any order, and if it arrives twice', () => {
    expect(joinData('inventory', piecesIn([...lines].reverse()))).toEqual(whole);
    expect(joinData('inventory', piecesIn([...lines, ...lines]))).toEqual(whole);
  });

  test('is that of the last run, if a step ran again after a reboot', () => {
    const again = gzipSync('another');
    expect(joinData('inventory', piecesIn([...lines, ...linesOf(again)]))).toEqual({ bytes: again });
    // The second run was cut off: its data is incomplete, and that of the first run is out of date.
    const half = piecesIn([...linesOf(again, 'inventory', 8), ...lines.slice(0, -1)]);
    expect(joinData('inventory', half)).toEqual({
      problem: `piece ${lines.length} of ${lines.length} is missing`,
    });
  });

  test.each([
    ['no line', []],
    ['lines of another name', linesOf(file, 'other')],
  ])('is missing with %s', (_, given) => {
    expect(joinData('inventory', piecesIn(given))).toEqual({ problem: 'no data was reported' });
  });

  test('is refused if any piece is lost', () => {
    for (const at of lines.keys()) {
      expect(joinData('inventory', piecesIn(lines.toSpliced(at, 1)))).toEqual({
        problem: `piece ${at + 1} of ${lines.length} is missing`,
      });
    }
  });

  test('is refused if a piece was changed', () => {
    const altered = lines.toSpliced(2, 1, (lines[2] ?? '').replace(/ (\S)(\S+)$/, ' $2$1'));
    expect(joinData('inventory', piecesIn(altered))).toEqual({
      problem: 'its digest is wrong: it was changed on the way',
    });
    expect(joinData('inventory', piecesIn([...lines, altered[2] ?? '']))).toEqual({
      problem: `there are two different pieces 3 of ${lines.length}`,
    });
  });

  test('is refused if the pieces disagree on their number', () => {
    const other = (lines[0] ?? '').replace(/ 1\/\d+ /, ' 1/2 ');
    expect(joinData('inventory', piecesIn([other, ...lines]))).toEqual({
      problem: 'its pieces disagree on their number',
    });
  });

  test.each([
    'bake-data inventory 0/1 X Y',
    'bake-data inventory 1/0 X Y',
    'bake-data inventory 1/99999 X Y',
    'bake-data Inventory 1/1 X Y',
    'bake-data inventory 1/1 X Y Z',
  ])('is ignored in a line of another form: %s', (line) => {
    expect(readData(line.replace('X', 'a'.repeat(64)).replace('Y', 'QUJD'))).toBeUndefined();
  });

  test('is found in a long log, whose other lines are not kept', () => {
    const into: Reports = { reports: [], data: [] };
    const noise = 'x'.repeat(1000);
    // The log has 200 MB.
    for (let at = 0; at < 200_000; at++)
      collectReport(at % 20_000 === 0 ? (lines[at / 20_000] ?? '') : noise, into);
    expect(joinData('inventory', into.data)).toEqual(whole);
    expect(into.reports).toEqual([]);
  });
});
