/**
 * Owns a file opened for reading: bytes → text whose offsets are the bytes', with its places, and the Found that a
 * format fills. Latin-1 keeps one character a byte, and bytes that are no UTF-8 survive (facts/rotation-pool.md 1.6).
 */
import { BakeError } from '../errors/bake-error.ts';
import { placesInBytes, positionsInBytes, type SourcePlace } from '../util/source.ts';
import type { Found, Quote, Reference, Span } from './format.ts';
import { amiId } from '../util/ami-id.ts';

export interface Page {
  text: string;
  /** The whole file. */
  bytes: Buffer;
  /** Bytes of the byte order mark before the text: what is added to an offset in the text. */
  base: number;
  /** Line and column of an offset in the text. */
  at: (offset: number) => Pick<SourcePlace, 'line' | 'column'>;
  found: Found;
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LARGEST = 8 * 1024 * 1024;
const WIDE = ['ami-', 'CustomAmi', 'custom_ami'].flatMap((word) => {
  const little = Buffer.from(word, 'utf16le');
  return [little, Buffer.from(little).swap16()];
});

/** Latin-1 text without its mark; a lone CR ends a line in every format, and becomes LF in the text only. */
export function decode(bytes: Buffer): { text: string; base: number } {
  const base = bytes.subarray(0, 3).equals(UTF8_MARK) ? 3 : 0;
  const text = bytes.toString('latin1', base);
  return { text: text.includes('\r') ? text.replace(/\r(?!\n)/g, '\n') : text, base };
}

/** undefined: nothing in it can be read; `found` says why, under the page's own `found`. */
export function openPage(file: string, bytes: Buffer): Page {
  const found: Found = { file, references: [], indirect: [], openings: [], cluster: {}, errors: [] };
  const reason = unreadable(bytes);
  if (reason !== undefined) {
    found.indirect.push({ file, line: 1, column: 1, path: '', found: 'CustomAmi', reason });
    return { text: '', bytes, base: 0, at: () => ({ line: 1, column: 1 }), found };
  }
  const { text, base } = decode(bytes);
  let positions: Page['at'] | undefined;
  const at: Page['at'] = (offset) => (positions ??= positionsInBytes(bytes.subarray(base)))(offset);
  return { text, bytes, base, at, found };
}

function unreadable(bytes: Buffer): string | undefined {
  if (bytes.includes(0) && WIDE.some((word) => bytes.includes(word)))
    return 'the file is UTF-16; save it as UTF-8';
  return bytes.length > LARGEST ? 'the file is larger than 8 MiB' : undefined;
}

/** What a reference says beside its place. */
export type Facts = Pick<
  Reference,
  'path' | 'scope' | 'region' | 'os' | 'parallelcluster' | 'rootVolumeGiB' | 'instanceTypes'
>;

/** An id that stands in the text at `start`. Its comment is looked for behind it. */
export function addReference(
  page: Page,
  { start, id, quote, marks, ...facts }: Facts & { start: number; id: string; quote: Quote; marks: Marks },
): Reference {
  const { file } = page.found;
  const { line, column } = page.at(start);
  const end = start + id.length;
  const comment = commentBehind(page, end, marks);
  const offsets = { start: page.base + start, end: page.base + end };
  const reference: Reference = { file, line, column, id, ...offsets, quote, users: 1, ...known(facts) };
  if (comment) reference.comment = comment;
  page.found.references.push(reference);
  return reference;
}

/** What holds no id that could be replaced, at `offset` in the text. */
export function addIndirect(
  page: Page,
  { offset, path, written, reason }: { offset: number; path: string; written: string; reason: string },
): void {
  const { file } = page.found;
  const { line, column } = page.at(offset);
  page.found.indirect.push({ file, line, column, path, found: readable(written), reason });
}

/** The file is left alone: it is not what its name says. */
export function addTrouble(
  page: Page,
  kind: string,
  { offset, message }: { offset: number; message: string },
): void {
  page.found.references.length = 0;
  const place = placesInBytes(page.found.file, page.bytes.subarray(page.base))(offset);
  page.found.errors.push(new BakeError('ROTATE_SYNTAX', { kind, message }, { place }));
}

/** Sorted by place, as every format hands it out. */
export function finished({ found }: Page): Found {
  found.references.sort((a, b) => a.start - b.start);
  found.indirect.sort((a, b) => a.line - b.line || a.column - b.column);
  return found;
}

/** What begins a comment. */
export type Marks = '#' | '//' | '# //' | '# ;' | 'any';

const behind: Record<Marks, RegExp> = {
  // Only closers and separators may stand between: behind another value, the comment is about that one.
  '#': /["']?[ \t,)}\]]*(?<=[ \t])#([^\r\n]*)/y,
  '//': /["']?[ \t,)}\]]*\/\/([^\r\n]*)/y,
  '# //': /["']?[ \t,)}\]]*(?:#|\/\/)([^\r\n]*)/y,
  '# ;': /[ \t]+[#;]([^\r\n]*)/y,
  // Not `;`: in a script a command follows.
  any: /["']?[ \t,;)}\]]*(?<=[ \t])(?:#|\/\/)([^\r\n]*)/y,
};

function commentBehind({ text, base }: Page, end: number, marks: Marks): Span | undefined {
  const pattern = behind[marks];
  pattern.lastIndex = end;
  const [whole, words = ''] = pattern.exec(text) ?? [];
  const trimmed = words.trim();
  if (whole === undefined || trimmed === '') return undefined;
  const start = base + end + whole.length - words.trimStart().length;
  return { start, end: start + trimmed.length, text: trimmed };
}

/** Without the facts that are not known. */
function known<T extends object>(facts: T): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}

/** The first line of it, as text again. */
export function readable(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8').trim();
  const line = text.split(/[\r\n]/)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Ids in a stretch of text that are no part of a longer word. */
export function idsIn(text: string): { id: string; offset: number }[] {
  return [...text.matchAll(WORD)].map((match) => ({ id: match[0], offset: match.index }));
}

/** Without those in lines that are all comment, of a script within a value too: glance.ts passes over them. */
export function idsInUse(text: string): { id: string; offset: number }[] {
  return idsIn(text).filter(({ offset }) => {
    return !/^[ \t]*#/.test(text.slice(text.lastIndexOf('\n', offset) + 1, offset));
  });
}

// `${AMI:-ami-…}` is a default, and its hyphen no part of a word.
const WORD = /(?<!\w|(?<!:)-)ami-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![\w-])/g;

/** Whether a value is exactly an id. */
export function isId(value: string): boolean {
  return amiId.test(value);
}

/** A key that is a Region's name: maps of ids have them. */
export function regionIn(...keys: readonly (string | undefined)[]): string | undefined {
  return keys.find((key) => key !== undefined && REGION.test(key));
}

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$/;

/** What JSON writes otherwise than it stands. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** One part of a format's `content`: what stands where. The path comes last, for a key may hold an id, too. */
export function part(path: string, kind: string, value: string): string {
  // Most parts need no escapes, and there are a thousand in a file.
  const plain = !ESCAPED.test(value) && !ESCAPED.test(path) && !ESCAPED.test(kind);
  return plain ? `["${kind}","${value}","${path}"]` : JSON.stringify([kind, value, path]);
}
