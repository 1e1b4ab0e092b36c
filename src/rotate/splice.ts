/** Owns the change itself: ids replaced in a file's bytes, nothing else touched, and the proof that it came out so. */
import { BakeError } from '../errors/bake-error.ts';
import type { Edit, Format } from './format.ts';

export type SpliceEdit = Omit<Edit, 'file'>;

/**
 * The bytes with each range replaced. Pure.
 * @returns 'done' when every range holds its new id already (a run that was killed after writing)
 * @throws BakeError ROTATE_CHANGED when a range holds something else than the old id
 */
export function splice(file: string, bytes: Buffer, edits: readonly SpliceEdit[]): Buffer | 'done' {
  const ordered = edits.toSorted((a, b) => a.start - b.start);
  if (ordered.length === 0 || isDone(bytes, ordered)) return 'done';
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, from, to } of ordered) {
    const stands = start >= at && bytes.subarray(start, end).toString('latin1') === from;
    if (!stands) {
      const reason = `${from} is no longer at byte ${start}: somebody changed the file meanwhile`;
      throw new BakeError('ROTATE_CHANGED', { reason }, { place: { file } });
    }
    parts.push(bytes.subarray(at, start), Buffer.from(to, 'latin1'));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

function isDone(bytes: Buffer, ordered: readonly SpliceEdit[]): boolean {
  // Ids of 8 and 17 digits differ in length: each one written moves those behind it.
  let shift = 0;
  return ordered.every(({ start, from, to }) => {
    const at = start + shift;
    shift += to.length - from.length;
    return bytes.subarray(at, at + to.length).toString('latin1') === to;
  });
}

/**
 * Checks by reading both anew that the file means the same but for the ids. Pure.
 * @throws BakeError ROTATE_REFUSED
 */
export function verify(
  file: string,
  { before, after, edits }: { before: Buffer; after: Buffer; edits: readonly SpliceEdit[] },
  format: Format,
): void {
  const refuse = (reason: string) => new BakeError('ROTATE_REFUSED', { reason }, { place: { file } });
  const old = format.content(before);
  const fresh = format.content(after);
  if (old.length !== fresh.length) throw refuse('the file has another shape after the change');
  let changed = 0;
  for (const [index, part] of old.entries()) {
    const now = fresh[index];
    if (now === part) continue;
    changed += 1;
    if (!edits.some(({ from, to }) => part.replace(from, to) === now)) {
      throw refuse('a value changed that holds none of the ids to be replaced');
    }
  }
  if (changed === edits.length) return;
  throw refuse(`${edits.length} ids were replaced, but ${changed} values changed`);
}
