/** Breaks lines that are too long for a screen, at blanks only: a word or an id is never cut. */
import { widthOf } from './width.ts';

/** Narrower screens get this width, because hanging indents would leave no room. */
const LEAST = 40;

/** Each line in at most `width` columns, if its words allow that; further lines hang below the text of the first. */
export function wrapText(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .map((line) => wrapLine(line, Math.max(LEAST, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  const start = hanging(line, width);
  return fill(line, width, ' '.repeat(start), '');
}

/**
 * A command in several lines of a shell, which can still be pasted. A comment after it moves above it.
 * @param line with its indent
 */
export function wrapCommand(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  const [command = '', comment] = line.split(/ {2}(?=# )/);
  const indent = /^ */.exec(command)?.[0] ?? '';
  const above = comment === undefined ? [] : [fill(`${indent}${comment}`, width, `${indent}# `, '')];
  return [...above, fill(command, width, `${indent}    `, ' \\')].join('\n');
}

/** Breaks a line at single blanks. @param more what ends each line but the last */
function fill(line: string, width: number, indent: string, more: string): string {
  // Blanks of the indent and between columns belong to the first part.
  const head = /^(?: *\S+ {2,})* */.exec(line)?.[0] ?? '';
  const words = line.slice(head.length).split(' ');
  const lines: string[] = [];
  let current = head;
  let isEmpty = true;
  for (const word of words) {
    const next = isEmpty ? current + word : `${current} ${word}`;
    if (!isEmpty && widthOf(next) > width - widthOf(more)) {
      lines.push(current + more);
      current = indent + word;
    } else current = next;
    isEmpty = false;
  }
  return [...lines, current].join('\n');
}

/** The column of the text after a name and a gap, as in help and lists; otherwise a little more than the indent. */
function hanging(line: string, width: number): number {
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const gap = /^ *\S(?:.*?\S)?? {2,}(?=\S)/.exec(line)?.[0];
  const column = gap === undefined ? indent + 2 : widthOf(gap);
  return column > width / 2 ? indent + 2 : column;
}
