/**
 * Owns literal mode: every AMI id in any text file, wherever it stands, for templates, heredocs and documents that no
 * format reads. Opt in: it knows no scope, and so keeps no root image from moving.
 */
import type { Format, FileFindings } from '../format.ts';
import { addReference, decode, finished, idsIn, openPage, part } from '../page.ts';

export const literal: Format = {
  id: 'literal',
  // Never by itself: see find.ts.
  reads: () => false,
  find,
  content,
};

function find(file: string, bytes: Buffer): FileFindings {
  const page = openPage(file, bytes);
  // A program or an archive may hold such bytes by chance.
  if (page.text.includes('\0')) return page.found;
  for (const { id, offset } of idsIn(page.text)) {
    const place = { start: offset, id, path: '', scope: 'text', quote: 'plain', marks: 'any' } as const;
    const reference = addReference(page, place);
    // An id in it is a reference itself, and no two edits may meet.
    if (idsIn(reference.comment?.text ?? '').length > 0) delete reference.comment;
  }
  return finished(page);
}

/** The text between the ids, and the ids. */
function content(bytes: Buffer): string[] {
  const { text } = decode(bytes);
  const parts: string[] = [];
  let at = 0;
  for (const { id, offset } of idsIn(text)) {
    parts.push(part('', 'text', text.slice(at, offset)), part('', 'id', id));
    at = offset + id.length;
  }
  return [...parts, part('', 'text', text.slice(at))];
}
