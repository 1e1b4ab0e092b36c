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
  // Latin-1 has one character for each byte, so offsets stay valid.
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
 * A name as git writes it: quoted if it contains a control character, a quote or a backslash, and followed by a tab if it
 * contains a space. The library also quotes names that are not ASCII; git does not with core.quotePath off.
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
