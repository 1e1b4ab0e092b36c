/**
 * Reads the words of a shell script with their offsets: assignments, other words, heredocs. Comments are skipped, and
 * nothing is expanded. Source: POSIX shell command language 2.2–2.10; bash's arrays and declaring builtins.
 */
import { SyntaxProblem } from './problem.ts';

export interface ShellPart {
  kind: 'assignment' | 'word' | 'heredoc';
  start: number;
  end: number;
  /** The variable of an assignment: `AMI`; of an array's element: `AMI[us-east-1]`. */
  name?: string | undefined;
  /** The key of an array's element, without quotes. */
  key?: string | undefined;
  /** The offset of an assignment's value. */
  value?: number | undefined;
  /** The pattern of the case branch that contains it. */
  label?: string | undefined;
  /** The command of which the word is an argument. */
  command?: string | undefined;
  /** The start and end of each command substitution in it. The words in there are parts of their own. */
  holes: [number, number][];
}

/**
 * Reads all words. An open construct extends to the end of the text. @throws SyntaxProblem only if the nesting is too
 * deep
 */
export function readShell(text: string): ShellPart[] {
  const reader: Reader = { text, at: 0, parts: [], pending: [], depth: 0 };
  while (reader.at < text.length) {
    readCommands(reader, false);
    // A closing parenthesis without an opening one.
    reader.at += 1;
  }
  return reader.parts.sort((a, b) => a.start - b.start);
}

interface Reader {
  text: string;
  at: number;
  parts: ShellPart[];
  /** The heredocs whose bodies begin after this line. */
  pending: { word: string; tabs: boolean }[];
  depth: number;
  /** Computed with the first heredoc. */
  lines?: Map<string, number[]> | undefined;
}

const DEEPEST = 100;
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]\n]*)\])?\+?=/y;
const ELEMENT = /\[([^\]\n]*)\]=/y;
const DECLARING = new Set(['export', 'readonly', 'local', 'declare', 'typeset']);
/** The words after which a command begins. */
const LEADING = new Set('{ } ! if then else elif fi do done while until time'.split(' '));
const HEREDOC = /<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([A-Za-z_][\w.-]*))/y;

function matchAt(pattern: RegExp, { text, at }: Reader): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/**
 * Reads commands up to the end of the text, or up to the closing parenthesis of a substitution, which it does not
 * consume.
 */
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

/** @returns whether the next word is the name of a file */
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

/** Without an end line it is not a heredoc: a shift in arithmetic looks the same. */
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

/**
 * Finds the offsets of the lines that can end a heredoc, by their text, last first. A key with a leading tab includes
 * the lines that are indented by tabs.
 */
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
  /** Whether a command or an assignment can begin here. */
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

/** Reads `X=(a b)` and `X=([k]=a [l]=b)`, in which each element is an assignment of its own. */
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

/** Moves after the word and sets its end. Substitutions in it are read as commands. */
function readWordEnd(reader: Reader, part: ShellPart): void {
  const { text } = reader;
  const start = reader.at;
  while (reader.at < text.length && !/[\s;&|()<>]/.test(text[reader.at] ?? '')) readPiece(reader, part);
  // It always advances: a character that begins no word counts as a word.
  if (reader.at === start && part.kind === 'word') reader.at += 1;
  reader.at = Math.min(reader.at, text.length);
  part.end = reader.at;
}

/** Reads one character, quotation, expansion or substitution. */
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
    // An apostrophe is an ordinary character here.
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

/** Reads `${…}` and `$((…))`, in which quotes have their meaning too. */
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
