/**
 * Owns the words of a shell script with their offsets: assignments, other words, heredocs. Comments are left out, and
 * nothing is expanded. Source: POSIX shell command language 2.2–2.10; bash's arrays and declaring builtins.
 */
import { SyntaxProblem } from './problem.ts';

export interface ShellPart {
  kind: 'assignment' | 'word' | 'heredoc';
  start: number;
  end: number;
  /** Of an assignment: `AMI`, and of an array's element `AMI[us-east-1]`. */
  name?: string | undefined;
  /** What stands between the brackets of an array's element, without quotes. */
  key?: string | undefined;
  /** Where an assignment's value begins. */
  value?: number | undefined;
  /** The pattern of the case that it stands in. */
  label?: string | undefined;
  /** The command that a word is an argument of. */
  command?: string | undefined;
  /** Command substitutions in it, whose words are parts of their own: start and end. */
  holes: [number, number][];
}

/** Never throws but for nesting. What is left open goes on to the end. @throws SyntaxProblem */
export function readShell(text: string): ShellPart[] {
  const reader: Reader = { text, at: 0, parts: [], pending: [], depth: 0 };
  while (reader.at < text.length) {
    readCommands(reader, false);
    // A closing parenthesis that nothing opened.
    reader.at += 1;
  }
  return reader.parts.sort((a, b) => a.start - b.start);
}

interface Reader {
  text: string;
  at: number;
  parts: ShellPart[];
  /** Heredocs that begin behind this line. */
  pending: { word: string; tabs: boolean }[];
  depth: number;
  /** Made with the first heredoc. */
  lines?: Map<string, number[]> | undefined;
}

const DEEPEST = 100;
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]\n]*)\])?\+?=/y;
const ELEMENT = /\[([^\]\n]*)\]=/y;
const DECLARING = new Set(['export', 'readonly', 'local', 'declare', 'typeset']);
/** Words behind which a command begins. */
const LEADING = new Set('{ } ! if then else elif fi do done while until time'.split(' '));
const HEREDOC = /<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([A-Za-z_][\w.-]*))/y;

function matchAt(pattern: RegExp, { text, at }: Reader): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Up to the end, or to the closing parenthesis of a substitution, which stays. */
function readCommands(reader: Reader, inside: boolean): void {
  if (++reader.depth > DEEPEST) throw new SyntaxProblem(reader.at, 'nested too deeply');
  const { text } = reader;
  let command: string | undefined;
  let isTarget = false;
  let cases = 0;
  let label: string | undefined;
  let last = '';
  while (reader.at < text.length) {
    const character = text[reader.at] ?? '';
    if (character === '\n') {
      reader.at += 1;
      skipHeredocs(reader);
      command = undefined;
    } else if (/[ \t\r]/.test(character)) reader.at += 1;
    else if (character === '#') skipTo(reader, '\n');
    else if (character === ')') {
      if (cases === 0 && inside) break;
      label = last;
      command = undefined;
      reader.at += 1;
    } else if (/[;&|(]/.test(character)) {
      if (text.startsWith(';;', reader.at)) label = undefined;
      command = undefined;
      reader.at += 1;
    } else if (character === '<' || character === '>') isTarget = readRedirection(reader);
    else {
      const free = command === undefined && !isTarget;
      const part = readWord(reader, { free, command, label: cases > 0 ? label : undefined });
      const word = text.slice(part.start, part.end);
      last = unquoted(word);
      if (free && part.kind === 'word' && !LEADING.has(word)) command = word;
      if (free && word === 'case') cases += 1;
      if (free && word === 'esac') cases = Math.max(0, cases - 1);
      isTarget = false;
    }
  }
  reader.depth -= 1;
}

function skipTo(reader: Reader, character: string): void {
  const at = reader.text.indexOf(character, reader.at);
  reader.at = at < 0 ? reader.text.length : at;
}

/** @returns whether a word follows that is a file's name */
function readRedirection(reader: Reader): boolean {
  const heredoc = reader.text.startsWith('<<<', reader.at) ? undefined : matchAt(HEREDOC, reader);
  if (heredoc) {
    reader.pending.push({ word: heredoc[2] ?? heredoc[3] ?? heredoc[4] ?? '', tabs: heredoc[1] === '-' });
    reader.at += heredoc[0].length;
    return false;
  }
  while (/[<>&|]/.test(reader.text[reader.at] ?? '')) reader.at += 1;
  return true;
}

/** One without its end is none: a shift in arithmetic looks the same. */
function skipHeredocs(reader: Reader): void {
  for (const { word, tabs } of reader.pending.splice(0)) {
    reader.lines ??= linesOf(reader.text);
    const lines = reader.lines.get(tabs ? `\t${word}` : word) ?? [];
    while ((lines.at(-1) ?? Infinity) < reader.at) lines.pop();
    const end = lines.at(-1);
    if (end === undefined) continue;
    reader.parts.push({ kind: 'heredoc', start: reader.at, end, holes: [] });
    const newline = reader.text.indexOf('\n', end);
    reader.at = newline < 0 ? reader.text.length : newline + 1;
  }
}

/** Where the lines that may end a heredoc begin, last first, by their text; behind a tab, with those with tabs before. */
function linesOf(text: string): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  const add = (word: string, at: number) => {
    const known = lines.get(word);
    if (known) known.push(at);
    else lines.set(word, [at]);
  };
  for (const { 0: line, 1: tabs = '', 2: word = '', index } of text.matchAll(
    /^(\t*)([^\r\n]{1,100})\r?$/gm,
  )) {
    if (line === '') continue;
    if (tabs === '') add(word, index);
    add(`\t${word}`, index);
  }
  for (const starts of lines.values()) starts.reverse();
  return lines;
}

interface WordContext {
  /** A command or an assignment may begin here. */
  free: boolean;
  command: string | undefined;
  label: string | undefined;
}

function readWord(reader: Reader, { free, command, label }: WordContext): ShellPart {
  const start = reader.at;
  const declares = free || (command !== undefined && DECLARING.has(command));
  const assigned = declares ? matchAt(ASSIGNMENT, reader) : undefined;
  const more = { label, command: free ? undefined : command };
  if (!assigned) {
    const part: ShellPart = { kind: 'word', start, end: start, ...more, holes: [] };
    readWordEnd(reader, part);
    reader.parts.push(part);
    return part;
  }
  const [whole, variable = '', key] = assigned;
  reader.at += whole.length;
  if (reader.text[reader.at] === '(') return readArray(reader, start, { variable, label });
  const part = assignment({ variable, key, start, value: reader.at, label });
  readWordEnd(reader, part);
  reader.parts.push(part);
  return part;
}

interface Assigned {
  variable: string;
  key: string | undefined;
  start: number;
  value: number;
  label: string | undefined;
}

function assignment({ variable, key, start, value, label }: Assigned): ShellPart {
  const own = key === undefined ? undefined : unquoted(key);
  const name = own === undefined ? variable : `${variable}[${own}]`;
  return { kind: 'assignment', start, end: value, name, key: own, value, label, holes: [] };
}

/** `X=(a b)`, `X=([k]=a [l]=b)`: every element is an assignment of its own. */
function readArray(
  reader: Reader,
  start: number,
  { variable, label }: { variable: string; label: string | undefined },
): ShellPart {
  const { text } = reader;
  reader.at += 1;
  for (let index = 0; reader.at < text.length && text[reader.at] !== ')';) {
    const character = text[reader.at] ?? '';
    if (character === '#') skipTo(reader, '\n');
    else if (/[\s;&|<>(]/.test(character)) reader.at += 1;
    else {
      const at = reader.at;
      const element = matchAt(ELEMENT, reader);
      reader.at += element?.[0].length ?? 0;
      const part = assignment({
        variable,
        key: element?.[1] ?? String(index),
        start: at,
        value: reader.at,
        label,
      });
      readWordEnd(reader, part);
      reader.parts.push(part);
      index += 1;
    }
  }
  reader.at += 1;
  return { kind: 'assignment', start, end: Math.min(reader.at, text.length), name: variable, holes: [] };
}

/** Moves behind the word, and sets its end; substitutions in it are read as commands. */
function readWordEnd(reader: Reader, part: ShellPart): void {
  const { text } = reader;
  const start = reader.at;
  while (reader.at < text.length && !/[\s;&|()<>]/.test(text[reader.at] ?? '')) readPiece(reader, part);
  // Always forward: what begins no word is one by itself.
  if (reader.at === start && part.kind === 'word') reader.at += 1;
  reader.at = Math.min(reader.at, text.length);
  part.end = reader.at;
}

/** One character, quotation, expansion or substitution. */
function readPiece(reader: Reader, part: ShellPart): void {
  const { text, at } = reader;
  if (text[at] === '\\') reader.at += 2;
  else if (text[at] === "'") {
    reader.at += 1;
    skipTo(reader, "'");
    reader.at += 1;
  } else if (text[at] === '"') readDouble(reader, part);
  else if (text[at] === '`') {
    reader.at += 1;
    skipTo(reader, '`');
    reader.at += 1;
  } else if (text.startsWith('$((', at)) readBalanced(reader, part, '(', ')');
  else if (text.startsWith('$(', at)) readSubstitution(reader, part);
  else if (text.startsWith('${', at)) readBalanced(reader, part, '{', '}');
  else reader.at += 1;
}

function readDouble(reader: Reader, part: ShellPart): void {
  const { text } = reader;
  reader.at += 1;
  while (reader.at < text.length && text[reader.at] !== '"') {
    // Apostrophes are plain here.
    if (text[reader.at] === "'") reader.at += 1;
    else readPiece(reader, part);
  }
  reader.at += 1;
}

function readSubstitution(reader: Reader, part: ShellPart): void {
  const start = reader.at;
  reader.at += 2;
  readCommands(reader, true);
  reader.at += 1;
  part.holes.push([start, Math.min(reader.at, reader.text.length)]);
}

/** `${…}` and `$((…))`, whose quotes count, too. */
function readBalanced(reader: Reader, part: ShellPart, open: string, close: string): void {
  if (++reader.depth > DEEPEST) throw new SyntaxProblem(reader.at, 'nested too deeply');
  const { text } = reader;
  let depth = 0;
  for (reader.at += 1; reader.at < text.length;) {
    const character = text[reader.at];
    if (character === open) depth += 1;
    if (character === close) depth -= 1;
    if (character === open || character === close) reader.at += 1;
    else readPiece(reader, part);
    if (depth === 0) break;
  }
  reader.depth -= 1;
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}
