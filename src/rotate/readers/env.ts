/**
 * Reads env files as Docker and dotenv do: one `NAME=value` on each line. A quote can stay open, and nothing is a
 * command.
 */
import type { ShellPart } from './shell.ts';

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*/;
const QUOTED = /^(?:"[^"]*"|'[^']*')(?=[ \t]*$|[ \t]+#)/;

/** Returns the assignments in the order of the text. Other lines are skipped. */
export function readEnv(text: string): ShellPart[] {
  const parts: ShellPart[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const [head, name] = NAME.exec(line) ?? [];
    if (head === undefined || name === undefined) continue;
    const rest = line.slice(head.length);
    const value = QUOTED.exec(rest)?.[0] ?? withoutComment(rest);
    const start = index + head.length;
    parts.push({
      kind: 'assignment',
      start: index,
      end: start + value.length,
      name,
      value: start,
      holes: [],
    });
  }
  return parts;
}

function withoutComment(rest: string): string {
  const at = rest.search(/(?:^|[ \t])#/);
  return (at < 0 ? rest : rest.slice(0, at)).trimEnd();
}
