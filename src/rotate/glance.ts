/**
 * Decides from a file's bytes whether the file must be parsed, which costs a hundred times more. A file in which a
 * format can find anything contains one of these words (test/rotate/glance.fuzz.test.ts checks the formats). An id in a
 * comment line is not a reference, unless the file is read as mere text.
 */

import { MARK } from '../cluster/mark.ts';

/**
 * nothing: it has no words of AMIs, or settled ids only. binary: it is not text. utf16: it is UTF-16 text with such
 * words.
 */
export type Glance = 'nothing' | 'binary' | 'utf16' | 'read';

export interface GlanceSettings {
  /** The ids that do not move. A file that contains no others, each directly after its key, is not parsed. */
  settled?: ReadonlySet<string> | undefined;
  /** The only ids that move, if they are known. All others are settled. */
  moving?: ReadonlySet<string> | undefined;
  /** Whether ids in comments count too. */
  literal?: boolean | undefined;
}

/** Words in keys of AMIs and in ids, in any case: CustomAmi, custom_ami, AMI_ID, ImageId, image_id, ParentImage. */
const WORD = /ami|image_?id|parent_?image|base_?image/gi;
const ID = /ami-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![\w-])/y;
/** The rest of a key, and the id directly after it. */
const VALUE = /\w*["']?[ \t]*[:=][ \t]*["']?(ami-(?:[0-9a-f]{17}|[0-9a-f]{8}))(?![\w-])/y;
/** Words in UTF-16 of either byte order. */
const WIDE = /a\0m\0i\0?|A\0m\0i\0?|A\0M\0I\0?/;
const HEAD = 1024;

/** Pure, and as fast as memory: only the text is copied. */
export function glance(bytes: Buffer, look: GlanceSettings = {}): Glance {
  const { literal = false } = look;
  if (isWide(bytes)) return WIDE.test(bytes.toString('latin1')) ? 'utf16' : 'binary';
  const text = bytes.toString('latin1');
  // Such a file is generated from a config that bake reads and that follows its channel.
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

/** Returns the offset after a settled id at the word, or directly after the key that contains the word. */
function behindSettled(text: string, start: number, end: number, look: GlanceSettings): number | undefined {
  if (look.settled === undefined && look.moving === undefined) return undefined;
  ID.lastIndex = start;
  const id = ID.exec(text)?.[0];
  if (id !== undefined) return isSettled(id, look) ? ID.lastIndex : undefined;
  VALUE.lastIndex = end;
  const value = VALUE.exec(text)?.[1];
  return value !== undefined && isSettled(value, look) ? VALUE.lastIndex : undefined;
}

/** Whether an id certainly does not move. */
export function isSettled(id: string, { settled, moving }: GlanceSettings): boolean {
  return moving === undefined ? settled?.has(id) === true : !moving.has(id);
}

/** Whether NUL bytes show that the file is not text, or is UTF-16. */
function isWide(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD).includes(0);
}

/** Whether the letters are part of another word, as in `dynamic` and `family`. */
function isInside(text: string, at: number): boolean {
  return isLower(text.charCodeAt(at - 1)) && isLower(text.charCodeAt(at)) && isLower(text.charCodeAt(at + 3));
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

/**
 * Whether `#` is the first character of the line.
 * @param known the result up to `seen`, because a file can be one line of megabytes
 */
function isComment(text: string, at: number, known: { seen: number; comment: boolean }): boolean {
  let first = 0;
  let index = at - 1;
  for (; index >= known.seen; index--) {
    const code = text.charCodeAt(index);
    if (code === LF || code === CR) break;
    if (code !== 32 && code !== 9) first = code;
  }
  // On the same line as the last word, the result is the same.
  const comment = index < known.seen && known.seen > 0 ? known.comment : first === HASH;
  known.seen = at;
  known.comment = comment;
  return comment;
}

const [LF, CR, HASH] = [10, 13, 35];
