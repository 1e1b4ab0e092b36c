/** Prints tables for people as kubectl does: no boxes, two spaces between columns, headings in capitals. */
import { widthOf } from './width.ts';

/** Rows below headings; each column is as wide as its widest cell. There are no trailing spaces and no final line feed. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns([headings.map((heading) => heading.toUpperCase()), ...rows]);
}

/** Aligned rows without headings; each row begins with `indent`. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
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
