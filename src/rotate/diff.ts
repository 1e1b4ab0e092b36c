/** Owns the unified diff of a rotation, as `git apply` and `patch` read it. Pure. */
import type { Edit } from './format.ts';

/** Lines around a change. */
const CONTEXT = 3;

/** What takes the place of the lines from `at` on. */
interface Change {
  at: number;
  old: string[];
  fresh: string[];
}

/**
 * The diff of one file; '' when nothing changes.
 * @param name relative, with `/`
 * @param before the bytes that the edits' offsets are of
 * @returns text; bytes of the file that are no UTF-8 are replaced in it
 */
export function unifiedDiff(name: string, before: Buffer, edits: readonly Omit<Edit, 'file'>[]): string {
  const text = before.toString('latin1');
  const lines = linesOf(text);
  const hunks = hunksOf(changesOf(text, lines, edits));
  if (hunks.length === 0) return '';
  let shift = 0;
  const parts = hunks.map((changes) => {
    const printed = hunk(lines, changes, shift);
    for (const { old, fresh } of changes) shift += fresh.length - old.length;
    return printed;
  });
  const all = `--- ${fileName('a', name)}\n+++ ${fileName('b', name)}\n${parts.join('')}`;
  return Buffer.from(all, 'latin1').toString('utf8');
}

/** Each with its line end. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function changesOf(text: string, lines: readonly string[], edits: readonly Omit<Edit, 'file'>[]): Change[] {
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length;
  }
  const lineAt = (at: number): number => {
    let low = 0;
    let high = Math.max(0, lines.length - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  // Edits that share lines are one change.
  const groups: { first: number; last: number; edits: Omit<Edit, 'file'>[] }[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    const first = lineAt(edit.start);
    const last = lineAt(Math.max(edit.start, edit.end - 1));
    const group = groups.at(-1);
    if (group && first <= group.last) {
      group.last = Math.max(group.last, last);
      group.edits.push(edit);
    } else groups.push({ first, last, edits: [edit] });
  }
  return groups.flatMap(({ first, last, edits: own }) => {
    const from = starts[first] ?? 0;
    const end = starts[last + 1] ?? text.length;
    let fresh = '';
    let at = from;
    for (const edit of own) {
      fresh += text.slice(at, edit.start) + edit.to;
      at = edit.end;
    }
    fresh += text.slice(at, end);
    return trimmed({ at: first, old: lines.slice(first, last + 1), fresh: linesOf(fresh) });
  });
}

/** Lines that stay are no part of a change. */
function trimmed({ at, old, fresh }: Change): Change[] {
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  ) {
    tail += 1;
  }
  const change = {
    at: at + head,
    old: old.slice(head, old.length - tail),
    fresh: fresh.slice(head, fresh.length - tail),
  };
  return change.old.length + change.fresh.length === 0 ? [] : [change];
}

/** Changes so near to each other that their contexts meet are one hunk. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  let end = -Infinity;
  for (const change of changes) {
    if (change.at - end <= 2 * CONTEXT) hunks.at(-1)?.push(change);
    else hunks.push([change]);
    end = change.at + change.old.length;
  }
  return hunks;
}

/** @param shift by how many lines the new file is longer above */
function hunk(lines: readonly string[], changes: readonly Change[], shift: number): string {
  const [first] = changes;
  const last = changes.at(-1);
  if (!first || !last) return '';
  const from = Math.max(0, first.at - CONTEXT);
  const to = Math.min(lines.length, last.at + last.old.length + CONTEXT);
  let body = '';
  let at = from;
  let grown = 0;
  for (const { at: start, old, fresh } of changes) {
    body += marked(' ', lines.slice(at, start)) + marked('-', old) + marked('+', fresh);
    at = start + old.length;
    grown += fresh.length - old.length;
  }
  body += marked(' ', lines.slice(at, to));
  const length = to - from;
  return `@@ -${range(from, length)} +${range(from + shift, length + grown)} @@\n${body}`;
}

/** A range without lines stands behind the line it names. */
function range(from: number, length: number): string {
  return `${length === 0 ? from : from + 1},${length}`;
}

function marked(mark: string, lines: readonly string[]): string {
  return lines
    .map((line) => `${mark}${line}${line.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`)
    .join('');
}

/** As git writes it: quoted where a character would end it, with a tab behind where it has a space. */
function fileName(side: 'a' | 'b', name: string): string {
  const bytes = Buffer.from(`${side}/${name}`, 'utf8').toString('latin1');
  // oxlint-disable-next-line no-control-regex -- these are what must be escaped
  if (/[\u0000-\u001f"\\\u007f]/.test(bytes)) {
    // oxlint-disable-next-line no-control-regex
    const escaped = bytes.replace(/[\u0000-\u001f"\\\u007f]/g, (character) =>
      character === '"' || character === '\\'
        ? `\\${character}`
        : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
    return `"${escaped}"`;
  }
  return bytes.includes(' ') ? `${bytes}\t` : bytes;
}
