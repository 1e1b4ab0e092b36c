/**
 * Aligns the equals signs of consecutive assignments, as `packer fmt` does (hashicorp/hcl:hclwrite/format.go,
 * formatCells). Which lines a template renders depends on the input, so the template cannot align them. Pure.
 */

/** Indent, name and the rest of an assignment on a line of its own. */
const ASSIGNMENT = /^( *)((?:[A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*")) += (.*)$/;
/** A value that continues on the next line. */
const OPENS = /[[{(]$/;

/** @param text HCL without heredocs */
export function alignAssignments(text: string): string {
  const lines = text.split('\n');
  for (let from = 0; from < lines.length;) {
    const group = groupAt(lines, from);
    const width = Math.max(0, ...group.map(({ name }) => columnsOf(name)));
    for (const [at, { indent, name, value }] of group.entries()) {
      lines[from + at] = `${indent}${name}${' '.repeat(width - columnsOf(name))} = ${value}`;
    }
    from += Math.max(1, group.length);
  }
  return lines.join('\n');
}

interface Assignment {
  indent: string;
  name: string;
  value: string;
}

/** The assignments that follow one another from this line on. */
function groupAt(lines: readonly string[], from: number): Assignment[] {
  const group: Assignment[] = [];
  for (const line of lines.slice(from)) {
    const [, indent, name, value] = ASSIGNMENT.exec(line) ?? [];
    if (indent === undefined || name === undefined || value === undefined) break;
    if (OPENS.test(value) && group.length > 0) break;
    group.push({ indent, name, value });
    if (OPENS.test(value)) break;
  }
  return group;
}

/** hclwrite counts a grapheme cluster as one column. */
function columnsOf(name: string): number {
  return [...new Intl.Segmenter().segment(name)].length;
}
