/**
 * Implements literal mode: it finds every AMI id in a text file, for templates, heredocs and documents that no format
 * reads. The user must request it, because it knows no scope and so moves root images too.
 */
import type { Format, FileFindings } from '../format.ts';
import { addReference, decode, finished, idsIn, openPage, part } from '../page.ts';

export const literal: Format = {
  id: 'literal',
  // find.ts falls back to it; it never selects itself.
  reads: () => false,
  find,
  content,
};

function find(file: string, bytes: Buffer): FileFindings {
  const page = openPage(file, bytes);
  // A program or an archive can contain such bytes by chance.
  if (page.text.includes('\0')) return page.found;
  for (const { id, offset } of idsIn(page.text)) {
    const place = { start: offset, id, path: '', scope: 'text', quote: 'plain', marks: 'any' } as const;
    const reference = addReference(page, place);
    // An id in a comment is a reference of its own, and edits must not overlap.
    if (idsIn(reference.comment?.text ?? '').length > 0) delete reference.comment;
  }
  return finished(page);
}

/** The ids, and the text between them. */
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
