/** Tests of the unified diff: an independent patch function applies it and must give what splice() gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/rotate/diff.ts';
import type { SpliceEdit } from '../../src/rotate/splice.ts';

const edit = (start: number, from: string, to: string): SpliceEdit => ({
  kind: from === '' ? 'insert' : 'id',
  path: '',
  start,
  end: start + from.length,
  from,
  to,
});

/** Applies the edits to a text. */
function spliced(text: string, edits: readonly SpliceEdit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((now, { start, end, to }) => now.slice(0, start) + to + now.slice(end), text);
}

/** Applies a diff strictly, as `patch` does: each line and each count must be correct. */
function patched(text: string, diff: string): string {
  const old = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const lines = (diff.match(/[^\n]*\n/g) ?? []).slice(2);
  let result = '';
  let at = 0;
  let written = 0;
  for (let index = 0; index < lines.length;) {
    const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@\n$/.exec(lines[index] ?? '');
    if (!head) throw new Error(`no hunk: ${lines[index]}`);
    index += 1;
    const [, from = 0, length = 0, to = 0, grown = 0] = head.map(Number);
    const start = length === 0 ? from : from - 1;
    result += old.slice(at, start).join('');
    written += start - at;
    at = start;
    expect(grown === 0 ? to : to - 1).toBe(written);
    const counts = { old: 0, fresh: 0 };
    while (index < lines.length && !lines[index]?.startsWith('@@')) {
      let line = lines[index] as string;
      index += 1;
      if (lines[index]?.startsWith('\\')) {
        line = line.slice(0, -1);
        index += 1;
      }
      const content = line.slice(1);
      if (line[0] !== '+') {
        expect(old[at]).toBe(content);
        at += 1;
        counts.old += 1;
      }
      if (line[0] !== '-') {
        result += content;
        counts.fresh += 1;
        written += 1;
      }
    }
    expect(counts).toEqual({ old: length, fresh: grown });
  }
  return result + old.slice(at).join('');
}

it('shows a change with three lines around it', () => {
  const text = Array.from({ length: 9 }, (_, line) => `line ${line}\n`).join('');
  expect(unifiedDiff('a.yaml', Buffer.from(text), [edit(text.indexOf('4'), '4', 'four')])).toBe(
    [
      '--- a/a.yaml',
      '+++ b/a.yaml',
      '@@ -2,7 +2,7 @@',
      ' line 1',
      ' line 2',
      ' line 3',
      '-line 4',
      '+line four',
      ' line 5',
      ' line 6',
      ' line 7',
      '',
    ].join('\n'),
  );
});

it('is empty if nothing changes', () => {
  expect(unifiedDiff('a', Buffer.from('x\n'), [])).toBe('');
  expect(unifiedDiff('a', Buffer.from('x\n'), [edit(0, 'x', 'x')])).toBe('');
});

it('reports a missing line end, and adds lines after it', () => {
  const diff = unifiedDiff('a', Buffer.from('x: 1\ny: 2'), [edit(9, '', '\nz: 3')]);
  expect(diff).toContain('-y: 2\n\\ No newline at end of file\n+y: 2\n+z: 3\n\\ No newline at end of file\n');
});

it('keeps CR LF, and shows text as text', () => {
  const diff = unifiedDiff('a', Buffer.from('# é\r\nx: 1\r\n'), [edit(9, '1', '2')]);
  expect(diff).toContain(' # é\r\n-x: 1\r\n+x: 2\r\n');
});

it.each([
  ['a b.yaml', '--- a/a b.yaml\t\n'],
  ['ü.yaml', '--- a/ü.yaml\n'],
  ['a"b\n.yaml', '--- "a/a\\"b\\012.yaml"\n'],
])('names the file %j as git does', (name, line) => {
  expect(unifiedDiff(name, Buffer.from('x\n'), [edit(0, 'x', 'y')])).toContain(line);
});

describe('for any change', () => {
  const letters = fc.constantFrom('a', 'b', '\n', '\r\n', '  ');
  const text = fc.array(letters, { maxLength: 40 }).map((parts) => parts.join(''));
  const change = fc.tuple(fc.nat(60), fc.nat(3), fc.array(letters, { maxLength: 4 }));
  it('applying the diff gives what the splice gives', () => {
    fc.assert(
      fc.property(text, fc.array(change, { maxLength: 5 }), (before, changes) => {
        let free = 0;
        const edits = changes
          .toSorted(([a], [b]) => a - b)
          .flatMap(([start, length, to]) => {
            const from = before.slice(start, start + length);
            if (start < free || start > before.length) return [];
            free = start + Math.max(1, from.length);
            return [edit(start, from, to.join(''))];
          });
        const diff = unifiedDiff('x', Buffer.from(before), edits);
        expect(patched(before, diff)).toBe(spliced(before, edits));
      }),
      { numRuns: 2000 },
    );
  });
});
