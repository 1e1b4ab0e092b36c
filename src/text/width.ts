/** Measures how many terminal columns a text takes, and cuts a text to fit. */

/** The columns of a text: East Asian wide characters and emoji take two, combining marks none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text cut to at most `columns`; if it was cut, it ends with `more`. */
export function clip(text: string, columns: number, more: string): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(more);
  let cut = '';
  let width = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > room) break;
    cut += character;
  }
  return room < 0 ? '' : cut + more;
}

function columnsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{M}|\u200d|\ufe0f/u.test(character)) return 0;
  return /\p{Emoji_Presentation}/u.test(character) || isWide(code) ? 2 : 1;
}

/** The large East Asian blocks (Unicode Standard Annex 11, W and F). */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
