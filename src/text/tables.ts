/**
 * Prints tables for people as kubectl does: no boxes, two spaces between columns, headings in capitals. A table that is
 * wider than the screen becomes one block of lines for each row.
 */
import { widthOf } from './width.ts';
import { wrapText } from './wrap.ts';

/** Rows below headings; each column is as wide as its widest cell. There are no trailing spaces and no final line feed. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const capitals = headings.map((heading) => heading.toUpperCase());
  const text = aligned([capitals, ...rows], '');
  if (fits(text, width)) return text;
  return rows.map((row) => labelled(capitals, row, width)).join('\n\n');
}

/** Aligned rows without headings; each row begins with `indent`. */
export function columns(rows: readonly (readonly string[])[], indent = '', width = Infinity): string {
  const text = aligned(rows, indent);
  if (fits(text, width)) return text;
  return rows
    .map((row) => {
      // A row without a first cell belongs to the row above.
      const lines = row.map((cell, at) => (cell === '' ? [] : [`${indent}${at === 0 ? '' : '  '}${cell}`]));
      return wrapText(lines.flat().join('\n'), width);
    })
    .join('\n');
}

/** One row as lines of a heading and a cell. */
function labelled(headings: readonly string[], row: readonly string[], width: number): string {
  const cells = headings.flatMap((heading, at) => (row[at] ? [[heading, row[at]]] : []));
  return wrapText(aligned(cells, ''), width);
}

function fits(text: string, width: number): boolean {
  return text.split('\n').every((line) => widthOf(line) <= width);
}

function aligned(rows: readonly (readonly string[])[], indent: string): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  return rows
    .map((row) => {
      const cells = widths.map((width, at) => padded(row[at] ?? '', width));
      return `${indent}${cells.join('  ')}`.trimEnd();
    })
    .join('\n');
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
}
