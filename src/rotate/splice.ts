/** Applies edits to the bytes of a file, and verifies that the result differs only as intended. */
import { BakeError } from '../errors/bake-error.ts';
import type { Edit, Format } from './format.ts';

export type SpliceEdit = Omit<Edit, 'file'>;

/** The files keep the order of the edits. */
export function editsByFile(edits: readonly Edit[]): Map<string, Edit[]> {
  const files = new Map<string, Edit[]>();
  for (const edit of edits) {
    const own = files.get(edit.file);
    if (own) own.push(edit);
    else files.set(edit.file, [edit]);
  }
  return files;
}

/**
 * Replaces each range. Pure.
 * @returns 'done' if every range already holds its new text, as after a run that was killed
 * @throws BakeError ROTATE_CHANGED if a range holds anything but the old text
 */
export function splice(file: string, bytes: Buffer, edits: readonly SpliceEdit[]): Buffer | 'done' {
  const all = ordered(edits);
  if (all.length === 0 || isDone(bytes, all)) return 'done';
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, from, to } of all) {
    const stands = start >= at && bytes.subarray(start, end).toString('latin1') === from;
    if (!stands) {
      const reason = `${from} is no longer at byte ${start}: the file was changed meanwhile`;
      throw new BakeError('ROTATE_CHANGED', { reason }, { place: { file } });
    }
    parts.push(bytes.subarray(at, start), Buffer.from(to, 'latin1'));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** Sorts edits by their offsets. An insertion comes before a replacement at the same offset. */
export function ordered(edits: readonly SpliceEdit[]): SpliceEdit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

function isDone(bytes: Buffer, all: readonly SpliceEdit[]): boolean {
  // A new text of another length moves everything after it.
  let shift = 0;
  return all.every(({ start, from, to }) => {
    const at = start + shift;
    shift += to.length - from.length;
    // A short id can be the beginning of the long id that is still there.
    const isLonger =
      /[0-9a-f]$/.test(to) && /^[0-9a-f]/.test(bytes.toString('latin1', at + to.length, at + to.length + 1));
    return !isLonger && bytes.subarray(at, at + to.length).toString('latin1') === to;
  });
}

/**
 * Verifies that the file means the same as before except for the edits: each id changed at its place, comments may
 * differ, and queues gained only `Image` and its id. Pure.
 * @throws BakeError ROTATE_REFUSED
 */
export function verifyEdits(
  file: string,
  { before, after, edits }: { before: Buffer; after: Buffer; edits: readonly SpliceEdit[] },
  format: Format,
): void {
  const all = ordered(edits);
  if (format.changesOnlyIds && isSplice({ before, after }, all) && format.changesOnlyIds(after, all)) return;
  const [old, now] = format.changes?.(before, after) ?? [format.content(before), format.content(after)];
  const reason = difference(old, now, all, () => format.content(before));
  if (reason !== undefined) throw new BakeError('ROTATE_REFUSED', { reason }, { place: { file } });
}

/** Whether the bytes differ only by the edits. */
function isSplice(
  { before, after }: { before: Buffer; after: Buffer },
  edits: readonly SpliceEdit[],
): boolean {
  let [at, next] = [0, 0];
  for (const { start, end, from, to } of edits) {
    const fresh = next + start - at;
    if (start < at || end > before.length || fresh > after.length) return false;
    if (before.compare(after, next, fresh, at, start) !== 0) return false;
    if (before.toString('latin1', start, end) !== from) return false;
    at = end;
    next = fresh + to.length;
    if (after.toString('latin1', fresh, next) !== to) return false;
  }
  return before.subarray(at).equals(after.subarray(next));
}

/** Walks through both contents and returns the first unintended difference; undefined if there is none. */
function difference(
  old: readonly string[],
  now: readonly string[],
  edits: SpliceEdit[],
  whole: () => readonly string[],
): string | undefined {
  const inserts = edits.filter(({ kind }) => kind === 'insert');
  const swaps = edits.filter(({ kind }) => kind !== 'insert');
  let done = 0;
  let at = 0;
  for (let next = 0; at < old.length || next < now.length;) {
    const [part, fresh] = [old[at], now[next]];
    const [insert] = inserts;
    if (part === fresh) {
      at += 1;
      next += 1;
    } else if (insert && part !== undefined && isEmptyImage(part, insert)) at += 1;
    else if (insert && fresh !== undefined && isInserted(fresh, insert)) {
      next += 1;
      if (holdsId(fresh, insert)) inserts.shift();
    } else if (part === undefined || fresh === undefined)
      return 'the file has a different structure after the change';
    else {
      const left = swapped(part, fresh, swaps, done);
      if (left === undefined) return 'a value changed that contains none of the ids to replace';
      if (swaps.slice(done, left).some((edit) => isElsewhere(edit, part, whole)))
        return 'an id changed at the wrong place';
      done = left;
      at += 1;
      next += 1;
    }
  }
  const missing = inserts.length + swaps.slice(done).filter(({ kind }) => kind === 'id').length;
  return missing === 0 ? undefined : `${missing} of the changes cannot be read back from the file`;
}

/**
 * Applies edits from `first` on until they turn one part into the other. @returns the index after the last of them;
 * undefined if they do not
 */
function swapped(
  part: string,
  fresh: string,
  edits: readonly SpliceEdit[],
  first: number,
): number | undefined {
  // Most formats skip comments; literal mode reads them as text.
  for (const kinds of [['id'], ['id', 'comment']]) {
    let text = part;
    for (let index = first; index < edits.length; index++) {
      const { kind, from, to } = edits[index] as SpliceEdit;
      if (!kinds.includes(kind)) continue;
      if (kind === 'id' && !text.includes(from)) break;
      text = text.replace(from, () => to);
      if (text === fresh) return index + 1;
    }
  }
  return undefined;
}

/**
 * Whether the id is present at the edit's own path, but another occurrence changed. The edit of an alias has the
 * alias's path, while the id changes at the anchor, and two documents can contain the same path. Where aliases exist,
 * only the order is checked.
 */
function isElsewhere(
  { kind, path, from }: SpliceEdit,
  part: string,
  whole: () => readonly string[],
): boolean {
  if (kind !== 'id' || path === '' || isAt(part, path)) return false;
  const all = whole();
  if (all.some((other) => other.startsWith('["alias",') || MERGES.test(other))) return false;
  return all.some((other) => isAt(other, path) && other.includes(from));
}

/** A merge key: its content counts as if it were written at the level above. */
const MERGES = /^\["[^"]*","<<",/;

function isAt(part: string, path: string): boolean {
  return part.endsWith(`,${JSON.stringify(path)}]`) || part.endsWith(`,${JSON.stringify(`.${path}`)}]`);
}

/** An `Image:` without a value, which receives one. */
function isEmptyImage(part: string, { path }: SpliceEdit): boolean {
  return part.startsWith('["PLAIN","",') && isAt(part, imageOf(path));
}

/** Whether the part is a new key, map or id of a queue's image. */
function isInserted(part: string, edit: SpliceEdit): boolean {
  const [kind, value] = JSON.parse(part) as [string, string];
  const isMap = /^(?:flow )?map$|^object$/.test(kind) && value === '';
  const isKey = /^key (?:PLAIN|QUOTE_SINGLE|QUOTE_DOUBLE)$/.test(kind);
  if (isAt(part, imageOf(edit.path))) return isMap || (isKey && value === 'Image');
  return isAt(part, edit.path) && ((isKey && value === 'CustomAmi') || holdsId(part, edit));
}

function holdsId(part: string, { path, to }: SpliceEdit): boolean {
  const id = /ami-[0-9a-f]+/.exec(to)?.[0] ?? '';
  const [kind, value] = JSON.parse(part) as [string, string];
  return (
    id !== '' &&
    /^(?:PLAIN|QUOTE_SINGLE|QUOTE_DOUBLE|string)$/.test(kind) &&
    isAt(part, path) &&
    unquoted(value) === id
  );
}

/** The strings of JSON keep their quotes. */
function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/, '$1');
}

/** Turns `….Image.CustomAmi` into `….Image`. */
function imageOf(path: string): string {
  return path.replace(/\.CustomAmi$/, '');
}
