/**
 * Implements literal mode: it finds every AMI id in a text file, for templates, heredocs and documents that no format
 * reads. The user must request it, because it does not know what uses an id. Only the images of a cluster's root and head
 * node, which a live cluster cannot change, are recognised by the keys above them.
 */
import type { Format, FileFindings } from '../format.ts';
import type { ReferenceScope } from '../../entries/result.ts';
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
    const scope = scopeAt(page.text, offset);
    const place = { start: offset, id, path: '', scope, quote: 'plain', marks: 'any' } as const;
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

const SCOPES: Readonly<Record<string, ReferenceScope>> = { Image: 'root', 'HeadNode.Image': 'head' };
/** A key that opens a map, in YAML or JSON. */
const OPENS = /^([ \t]*(?:-[ \t]+)?)["']?(\w+)["']?[ \t]*:[ \t]*\{?[ \t]*(?:#.*)?$/;

/** The scope of an id by the keys above it, as their indents nest them; `text` if it is not a CustomAmi. */
function scopeAt(text: string, offset: number): ReferenceScope {
  const start = text.lastIndexOf('\n', offset) + 1;
  const before = text.slice(start, offset);
  if (!/\bCustomAmi["']?[ \t]*:[ \t]*["']?$/.test(before)) return 'text';
  const keys = [...before.matchAll(/(\w+)["']?[ \t]*:[ \t]*\{/g)].map(([, key = '']) => key);
  let indent = indentOf(before);
  const above = text.slice(0, start).split('\n');
  for (let line = above.pop(); line !== undefined && indent > 0; line = above.pop()) {
    const [, head = '', key] = OPENS.exec(line.replace(/\r$/, '')) ?? [];
    if (key === undefined || head.length >= indent) continue;
    keys.unshift(key);
    indent = indentOf(head);
  }
  return SCOPES[keys.join('.')] ?? 'text';
}

/** A list's dash belongs to the indent of its first key. */
function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].length ?? 0;
}
