/**
 * Opens a file for a format: it decodes the bytes to text with the same offsets, computes places, and collects
 * findings. Latin-1 has one character for each byte, so bytes that are not UTF-8 survive.
 */
import { BakeError } from '../errors/bake-error.ts';
import { placesInBytes, positionsInBytes, type SourcePlace } from '../util/source.ts';
import type { FileFindings, Quote, Reference, Span } from './format.ts';
import { amiId } from '../util/ami-id.ts';

export interface Page {
  text: string;
  /** The whole file. */
  bytes: Buffer;
  /** The length of the byte order mark, which is added to offsets in the text. */
  base: number;
  /** The line and column of an offset in the text. */
  at: (offset: number) => Pick<SourcePlace, 'line' | 'column'>;
  found: FileFindings;
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LARGEST = 8 * 1024 * 1024;
const WIDE = ['ami-', 'CustomAmi', 'custom_ami'].flatMap((word) => {
  const little = Buffer.from(word, 'utf16le');
  return [little, Buffer.from(little).swap16()];
});

/** Decodes Latin-1 without the byte order mark. A lone CR ends a line in every format, so it becomes LF in the text. */
export function decode(bytes: Buffer): { text: string; base: number } {
  const base = bytes.subarray(0, 3).equals(UTF8_MARK) ? 3 : 0;
  const text = bytes.toString('latin1', base);
  return { text: text.includes('\r') ? text.replace(/\r(?!\n)/g, '\n') : text, base };
}

/** Opens a file. If it cannot be read, the text is empty and the findings say why. */
export function openPage(file: string, bytes: Buffer): Page {
  const found: FileFindings = { file, references: [], indirect: [], openings: [], cluster: {}, errors: [] };
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

/** The facts about a reference other than its place. */
export type Facts = Pick<
  Reference,
  'path' | 'scope' | 'region' | 'os' | 'parallelcluster' | 'rootVolumeGiB' | 'instanceTypes' | 'choices'
>;

/** Adds the id at `start` of the text, and the comment after it. */
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

/**
 * Adds an entry for a value at `offset` of the text that cannot be replaced.
 * @param record it is an id that literal mode leaves unchanged too
 */
export function addIndirect(
  page: Page,
  {
    offset,
    path,
    written,
    reason,
    record = false,
  }: { offset: number; path: string; written: string; reason: string; record?: boolean | undefined },
): void {
  const { file } = page.found;
  const { line, column } = page.at(offset);
  page.found.indirect.push({ file, line, column, path, found: readable(written), reason });
  if (record) (page.found.records ??= []).push({ start: page.base + offset, line, column });
}

/** Adds an error that makes rotation skip the file: its content does not match its name. */
export function addSyntaxError(
  page: Page,
  kind: string,
  { offset, message }: { offset: number; message: string },
): void {
  page.found.references.length = 0;
  const place = placesInBytes(page.found.file, page.bytes.subarray(page.base))(offset);
  page.found.errors.push(new BakeError('ROTATE_SYNTAX', { kind, message }, { place }));
}

/** Sorts the findings by place. */
export function finished({ found }: Page): FileFindings {
  found.references.sort((a, b) => a.start - b.start);
  found.indirect.sort((a, b) => a.line - b.line || a.column - b.column);
  return found;
}

/** The characters that begin a comment. */
export type Marks = '#' | '//' | '# //' | '# ;' | 'any';

const behind: Record<Marks, RegExp> = {
  // Only closing brackets and separators may precede the comment: after another value, it describes that value.
  '#': /["']?[ \t,)}\]]*(?<=[ \t])#([^\r\n]*)/y,
  '//': /["']?[ \t,)}\]]*\/\/([^\r\n]*)/y,
  '# //': /["']?[ \t,)}\]]*(?:#|\/\/)([^\r\n]*)/y,
  '# ;': /[ \t]+[#;]([^\r\n]*)/y,
  // Without `;`, which precedes a command in a script.
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

/** Removes the facts that are not known. */
function known<T extends object>(facts: T): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}

/** Decodes the text and returns its first line. */
export function readable(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8').trim();
  const line = text.split(/[\r\n]/)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Finds the ids in a text that are not part of a longer word. */
export function idsIn(text: string): { id: string; offset: number }[] {
  return [...text.matchAll(WORD)].map((match) => ({ id: match[0], offset: match.index }));
}

/** The same without ids in comment lines, including those of a script in a value: glance.ts skips them too. */
export function idsInUse(text: string): { id: string; offset: number }[] {
  return idsIn(text).filter(({ offset }) => {
    return !/^[ \t]*#/.test(text.slice(text.lastIndexOf('\n', offset) + 1, offset));
  });
}

// In the default `${AMI:-ami-…}`, the hyphen does not belong to a word.
const WORD = /(?<!\w|(?<!:)-)ami-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![\w-])/g;

/** Whether a value is exactly an id. */
export function isId(value: string): boolean {
  return amiId.test(value);
}

/** The first key that is the name of a Region, as in maps of ids by Region. */
export function regionIn(...keys: readonly (string | undefined)[]): string | undefined {
  return keys.find((key) => key !== undefined && REGION.test(key));
}

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$/;

/** The characters that JSON escapes. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** Makes one part of a format's `content`. The path comes last, because a key may contain an id. */
export function part(path: string, kind: string, value: string): string {
  // Most of the thousand parts of a file need no escapes.
  const plain = !ESCAPED.test(value) && !ESCAPED.test(path) && !ESCAPED.test(kind);
  return plain ? `["${kind}","${value}","${path}"]` : JSON.stringify([kind, value, path]);
}
