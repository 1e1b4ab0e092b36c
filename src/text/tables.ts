/** Owns the columns of human tables, as kubectl prints them: no boxes, two spaces between, capital headings. */
import { widthOf } from './width.ts';

/** Rows under headings, each column as wide as its widest cell; no trailing spaces, no line end after the last row. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns([headings.map((heading) => heading.toUpperCase()), ...rows]);
}

/** Rows without headings, aligned; `indent` stands before each. */
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
