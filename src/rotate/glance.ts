/**
 * Owns the quick look at a file's bytes: whether anything in it is worth a parse, which costs a hundred times more.
 * Whatever a format reports must have one of these words in its file (test/rotate/glance.fuzz.test.ts holds the formats to
 * it), and an id in a line that is all comment is nobody's reference, unless the file is read as mere text.
 */

import { MARK } from '../cluster/mark.ts';

/** nothing: no word of AMIs in it, or none that is not settled. binary: no text. utf16: text with such words in UTF-16. */
export type Glance = 'nothing' | 'binary' | 'utf16' | 'read';

export interface Look {
  /** Ids that stay wherever they stand: a file that holds no others, plainly behind their keys, needs no parse. */
  settled?: ReadonlySet<string> | undefined;
  /** The only ids that do not stay, where that is known: all others are settled. */
  moving?: ReadonlySet<string> | undefined;
  /** Every id counts, in comments too. */
  literal?: boolean | undefined;
}

/** What keys of AMIs have in them, in any case, and ids: CustomAmi, custom_ami, AMI_ID, ImageId, image_id, ParentImage. */
const WORD = /ami|image_?id|parent_?image|base_?image/gi;
const ID = /ami-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![\w-])/y;
/** What is left of a key, and the id plainly behind it. */
const VALUE = /\w*["']?[ \t]*[:=][ \t]*["']?(ami-(?:[0-9a-f]{17}|[0-9a-f]{8}))(?![\w-])/y;
/** In UTF-16 of either byte order. */
const WIDE = /a\0m\0i\0?|A\0m\0i\0?|A\0M\0I\0?/;
const HEAD = 1024;

/** Pure, at the speed of memory: nothing is copied but the text itself. */
export function glance(bytes: Buffer, look: Look = {}): Glance {
  const { literal = false } = look;
  if (isWide(bytes)) return WIDE.test(bytes.toString('latin1')) ? 'utf16' : 'binary';
  const text = bytes.toString('latin1');
  // Made from a config that is looked at by itself, and follows its channel.
  if (text.startsWith(MARK)) return 'nothing';
  const lines = { seen: 0, comment: false };
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match !== null; match = WORD.exec(text)) {
    const { index } = match;
    if (match[0].length === 3 && isInside(text, index)) continue;
    if (!literal && isComment(text, index, lines)) continue;
    const after = behindSettled(text, index, WORD.lastIndex, look);
    if (after === undefined) return 'read';
    WORD.lastIndex = after;
  }
  return 'nothing';
}

/** The offset behind a settled id that stands at the word, or plainly behind the key that the word is in. */
function behindSettled(text: string, start: number, end: number, look: Look): number | undefined {
  if (look.settled === undefined && look.moving === undefined) return undefined;
  ID.lastIndex = start;
  const id = ID.exec(text)?.[0];
  if (id !== undefined) return isSettled(id, look) ? ID.lastIndex : undefined;
  VALUE.lastIndex = end;
  const value = VALUE.exec(text)?.[1];
  return value !== undefined && isSettled(value, look) ? VALUE.lastIndex : undefined;
}

/** Whether it is known that an id has nowhere to go. */
export function isSettled(id: string, { settled, moving }: Look): boolean {
  return moving === undefined ? settled?.has(id) === true : !moving.has(id);
}

/** NUL bytes at the beginning: no text, or text in UTF-16. */
function isWide(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD).includes(0);
}

/** The letters of `dynamic` and `family` are no word of ours. */
function isInside(text: string, at: number): boolean {
  return isLower(text.charCodeAt(at - 1)) && isLower(text.charCodeAt(at)) && isLower(text.charCodeAt(at + 3));
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

/**
 * Whether `#` is the first character of the line.
 * @param known what was found out up to `seen`: a file may be one line of megabytes
 */
function isComment(text: string, at: number, known: { seen: number; comment: boolean }): boolean {
  let first = 0;
  let index = at - 1;
  for (; index >= known.seen; index--) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) break;
    if (code !== 32 && code !== 9) first = code;
  }
  // The same line as the one before: its beginning is known.
  const comment = index < known.seen && known.seen > 0 ? known.comment : first === HASH;
  known.seen = at;
  known.comment = comment;
  return comment;
}

const [LF, CR, HASH] = [10, 13, 35];
