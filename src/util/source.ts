/** Finds places in a text: an offset gives the line, the column, and an excerpt with a caret under the place. */

/** A place with all its fields. */
export interface SourcePlace {
  file: string;
  line: number;
  column: number;
  excerpt: string;
}

const WIDEST = 120;
/** How many characters around a place are used, because a line may be a megabyte long. */
const AROUND = 1000;

/**
 * Finds places in one text. Lines end at LF, CR LF or a lone CR. Lines and columns start at 1; columns count characters
 * (code points).
 */
export function placesIn(file: string, text: string): (offset: number) => SourcePlace {
  const starts = lineStarts(text);
  return (offset) => {
    const line = lineAt(starts, Math.max(0, Math.min(offset, text.length)));
    const start = starts[line] ?? 0;
    const end = starts[line + 1] ?? text.length;
    const before = text.slice(start, Math.min(offset, end)).replace(/[\r\n]+$/, '');
    const at = start + before.length;
    const after = text.slice(at, Math.min(end, at + AROUND)).replace(/[\r\n]+$/, '');
    const column = before.length - (before.match(SURROGATE_PAIRS)?.length ?? 0) + 1;
    return placed({ file, line: line + 1, column }, before, after);
  };
}

/**
 * The same for bytes that should be UTF-8: offsets count bytes, columns count characters. Each invalid byte counts as one
 * character.
 */
export function placesInBytes(file: string, bytes: Buffer): (offset: number) => SourcePlace {
  const starts = lineStarts(bytes.toString('latin1'));
  return (offset) => {
    const line = lineAt(starts, Math.max(0, Math.min(offset, bytes.length)));
    const start = starts[line] ?? 0;
    const text = bytes.subarray(start, starts[line + 1]).toString('utf8');
    const before = bytes.subarray(start, Math.max(start, offset)).toString('utf8');
    const { column } = placesIn(file, text)(before.length);
    const after = text.slice(before.length, before.length + AROUND).replace(/[\r\n]+$/, '');
    return placed({ file, line: line + 1, column }, before.replace(/[\r\n]+$/, ''), after);
  };
}

/** The excerpt is made when it is read, because most callers only need the line. */
function placed(place: Omit<SourcePlace, 'excerpt'>, before: string, after: string): SourcePlace {
  return {
    ...place,
    get excerpt() {
      return excerpt(before.slice(-AROUND), after);
    },
  };
}

/**
 * Only the line and the column, for many places in a large file: a line of megabytes is read once if the places are asked
 * for in order. The result equals that of placesInBytes() if each offset is the beginning of a character.
 */
export function positionsInBytes(bytes: Buffer): (offset: number) => { line: number; column: number } {
  const starts = lineStarts(bytes.toString('latin1'));
  let known = { line: -1, offset: 0, column: 1 };
  return (offset) => {
    const line = lineAt(starts, Math.max(0, Math.min(offset, bytes.length)));
    const goesOn = line === known.line && offset >= known.offset;
    const from = goesOn ? known.offset : (starts[line] ?? 0);
    const between = bytes.toString('utf8', from, Math.max(from, offset));
    const pairs = between.match(SURROGATE_PAIRS)?.length ?? 0;
    known = { line, offset, column: (goesOn ? known.column : 1) + between.length - pairs };
    return { line: line + 1, column: known.column };
  };
}

const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;

function lineStarts(text: string): number[] {
  const starts = [0];
  if (/\r(?!\n)/.test(text)) {
    for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
    return starts;
  }
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last line that starts at or before the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The line, or a window of a long line, with a caret below. Tabs stay, so that the caret is at the right column. */
function excerpt(before: string, after: string): string {
  const line = Array.from(hideLogins(before + after));
  const column = Array.from(before).length;
  const from = line.length > WIDEST ? Math.max(0, column - WIDEST / 2) : 0;
  const shown = line.slice(from, from + WIDEST);
  const indent = shown.slice(0, column - from).map((character) => (character === '\t' ? '\t' : ' '));
  return `${shown.map(printable).join('')}\n${indent.join('')}^`;
}

/** Replaces control characters, which could move the cursor of a terminal or change its colours. */
function printable(character: string): string {
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(character) && character !== '\t' ? '\ufffd' : character;
}

/**
 * Parts that may be secret; it is better to hide too much: the text between `://` and the last `@` of a word,
 * `user:password` before an @ without a scheme, the query of a URL, and the value (except an ARN) of a key that is named
 * like a secret.
 */
const LOGINS =
  /(?<=:\/\/)\S+(?=@)|(?<=^|[\s"'{[,])[^\s"'/@:]+:[^\s"'/@]+(?=@)|(?<=:\/\/[^\s?]*\?)[^\s"',}]+|(?<=(?:pass(?:word|wd)?|secret|token)["']?\s*[:=]\s*["']?)(?!arn:|["'{[])[^\s"',}]+/gi;

/** Replaces each character of a login by a star, so that the caret below stays at the right column. */
function hideLogins(line: string): string {
  return line.replace(LOGINS, (login) => '*'.repeat(Array.from(login).length));
}

/** A text for a message: logins are hidden, and a very long text is cut. */
export function maskLogin(text: string): string {
  return text.slice(0, 2 * AROUND).replace(LOGINS, '***');
}
