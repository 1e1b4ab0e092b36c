/** Prints the unified diff of a rotation, as `git apply` and `patch` read it. Pure. */
import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff/lib/patch/create.js';
import type { Edit } from './format.ts';
import { ordered } from './splice.ts';

/**
 * The diff of one file; '' when nothing changes.
 * @param name relative, with `/`
 * @param before the bytes that the edits' offsets count
 * @returns text; bytes of the file that are not UTF-8 are replaced in it
 */
export function unifiedDiff(name: string, before: Buffer, edits: readonly Omit<Edit, 'file'>[]): string {
  // Latin-1 has one character for each byte, so offsets stay what they are.
  const text = before.toString('latin1');
  const patch = structuredPatch('', '', text, edited(text, edits), '', '', { context: 3 });
  if (patch.hunks.length === 0) return '';
  const hunks = formatPatch(patch, OMIT_HEADERS);
  const all = `--- ${fileName('a', name)}\n+++ ${fileName('b', name)}\n${hunks}`;
  return Buffer.from(all, 'latin1').toString('utf8');
}

function edited(text: string, edits: readonly Omit<Edit, 'file'>[]): string {
  let fresh = '';
  let at = 0;
  for (const { start, end, to } of ordered(edits)) {
    fresh += text.slice(at, start) + to;
    at = end;
  }
  return fresh + text.slice(at);
}

/**
 * A name as git writes it: quoted where a character would end it, with a tab behind it where it has a space. The library
 * quotes all that is not ASCII, as git does not when it shows names to people (core.quotePath).
 */
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
