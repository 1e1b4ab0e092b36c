/**
 * Reads the structure of HCL as far as values need it: the attribute path of each string, and whether the string is the
 * attribute's value or part of an expression that only Terraform or Packer can evaluate. Source:
 * hashicorp/hcl:hclsyntax/spec.md (structural elements, expressions).
 */
import { type HclToken, hclTokens } from './hcl-tokens.ts';
import { SyntaxProblem } from './problem.ts';

/** A string, template or heredoc in a value. */
export interface HclLeaf {
  /** `resource`, `aws_instance`, `x`, `ami`. An element of a list is `[0]`, and so is a branch or an argument. */
  keys: readonly string[];
  token: HclToken;
  /** Whether it is the value, or the value in one case of a condition. */
  certain: boolean;
}

/** The whole value of an attribute. */
export interface HclAttribute {
  keys: readonly string[];
  start: number;
  end: number;
}

export interface HclDocument {
  tokens: HclToken[];
  leaves: HclLeaf[];
  attributes: HclAttribute[];
  /** The strings and numbers that are whole values, by joined keys. */
  plain: Map<string, string>;
}

/** @throws SyntaxProblem; RangeError if the nesting is too deep for the stack */
export function readHcl(text: string): HclDocument {
  const tokens = hclTokens(text);
  const document: HclDocument = { tokens, leaves: [], attributes: [], plain: new Map() };
  const reader: Reader = { tokens, at: 0, document, depth: 0 };
  readBody(reader, [], 'end');
  return document;
}

/** The key of `plain`. */
export function joined(keys: readonly string[]): string {
  return keys.join('\0');
}

interface Reader {
  tokens: readonly HclToken[];
  at: number;
  document: HclDocument;
  depth: number;
}

const DEEPEST = 200;

const END: HclToken = { kind: 'end', start: 0, end: 0, text: '' };

function peek(reader: Reader, ahead = 0): HclToken {
  return reader.tokens[reader.at + ahead] ?? reader.tokens.at(-1) ?? END;
}

function isSign(token: HclToken, ...signs: string[]): boolean {
  return token.kind === 'sign' && signs.includes(token.text);
}

function skipLines(reader: Reader, ...signs: string[]): void {
  while (peek(reader).kind === 'line' || isSign(peek(reader), ...signs)) reader.at += 1;
}

function expected(what: string, { start, kind, text }: HclToken): SyntaxProblem {
  const found =
    kind === 'end' ? 'the end of the file' : kind === 'line' ? 'the end of the line' : JSON.stringify(text);
  return new SyntaxProblem(start, `${what} expected, ${found} found`);
}

function readBody(reader: Reader, keys: readonly string[], until: 'end' | '}'): void {
  if (++reader.depth > DEEPEST) throw new SyntaxProblem(peek(reader).start, 'nested too deeply');
  const blocks = new Map<string, number>();
  for (;;) {
    skipLines(reader);
    const token = peek(reader);
    if (until === 'end' ? token.kind === 'end' : isSign(token, '}')) {
      if (until === '}') reader.at += 1;
      reader.depth -= 1;
      return;
    }
    if (token.kind !== 'name') throw expected('an attribute or a block', token);
    reader.at += 1;
    if (isSign(peek(reader), '=')) readAttribute(reader, [...keys, token.text], until);
    else readBlock(reader, keys, token.text, blocks);
  }
}

function readAttribute(reader: Reader, keys: readonly string[], until: 'end' | '}'): void {
  reader.at += 1;
  readItem(reader, keys);
  const { kind } = peek(reader);
  const ends = kind === 'line' || kind === 'end' || (until === '}' && isSign(peek(reader), '}'));
  if (!ends) throw expected('the end of the line', peek(reader));
}

function readBlock(reader: Reader, keys: readonly string[], name: string, blocks: Map<string, number>): void {
  const labels = [name];
  while (peek(reader).kind === 'name' || peek(reader).kind === 'string') {
    labels.push(peek(reader).text);
    reader.at += 1;
  }
  if (!isSign(peek(reader), '{')) throw expected('= or {', peek(reader));
  reader.at += 1;
  const count = blocks.get(joined(labels)) ?? 0;
  blocks.set(joined(labels), count + 1);
  readBody(reader, [...keys, ...labels, ...(count > 0 ? [`[${count}]`] : [])], '}');
}

/** A value with its path: of an attribute, or of a key in an object. */
function readItem(reader: Reader, keys: readonly string[]): void {
  const start = peek(reader);
  const first = reader.at;
  readValue(reader, { keys, certain: true, lines: false });
  const end = peek(reader, -1);
  if (reader.at === first) throw expected('a value', start);
  reader.document.attributes.push({ keys, start: start.start, end: end.end });
  if (reader.at === first + 1 && (start.kind === 'string' || start.kind === 'number')) {
    reader.document.plain.set(joined(keys), start.text);
  }
}

interface Context {
  keys: readonly string[];
  certain: boolean;
  /** Whether line ends have no meaning, as within brackets. */
  lines: boolean;
}

/** The functions that return one or all of their arguments unchanged. */
const TRANSPARENT = new Set(
  'coalesce lookup try tomap tolist toset merge concat flatten jsonencode yamlencode templatefile sensitive nonsensitive optional object'.split(
    ' ',
  ),
);

/** Reads one expression, up to a line end, a comma or a closing bracket. */
function readValue(reader: Reader, context: Context): void {
  if (++reader.depth > DEEPEST) throw new SyntaxProblem(peek(reader).start, 'nested too deeply');
  readOperands(reader, context);
  reader.depth -= 1;
}

function readOperands(reader: Reader, context: Context): void {
  let branch = 0;
  let last: HclToken | undefined;
  let lastStarted = false;
  for (;;) {
    if (context.lines) skipLines(reader);
    const token = peek(reader);
    if (token.kind === 'end' || token.kind === 'line' || isSign(token, ',', ')', ']', '}', '...')) return;
    if (isSign(token, '=', '=>')) throw expected('the end of the value', token);
    if (isSign(token, '?', ':')) branch += 1;
    const keys = branch > 0 ? [...context.keys, `[${branch}]`] : context.keys;
    const starts = last === undefined || isSign(last, '?', ':');
    const here = { ...context, keys, certain: context.certain && starts };
    if (isSign(token, '{')) readObject(reader, here);
    else if (isSign(token, '[')) readList(reader, here);
    else if (isSign(token, '(')) {
      const call = last?.kind === 'name' ? last.text : undefined;
      const certain = context.certain && (call === undefined ? starts : lastStarted && TRANSPARENT.has(call));
      readArguments(reader, { ...here, certain }, call);
    } else {
      if (token.kind === 'string' || token.kind === 'template' || token.kind === 'heredoc') {
        reader.document.leaves.push({
          keys,
          token,
          certain: here.certain && endsAfter(reader, context.lines),
        });
      }
      reader.at += 1;
    }
    last = token;
    lastStarted = starts;
  }
}

/** Whether no operator applies to the operand: the expression or its branch ends after it. */
function endsAfter(reader: Reader, lines: boolean): boolean {
  let ahead = 1;
  if (lines) while (peek(reader, ahead).kind === 'line') ahead += 1;
  const next = peek(reader, ahead);
  return next.kind === 'line' || next.kind === 'end' || isSign(next, ',', ')', ']', '}', ':');
}

function readObject(reader: Reader, context: Context): void {
  reader.at += 1;
  skipLines(reader);
  if (isFor(reader)) return readRest(reader, '}', context.keys);
  for (;;) {
    skipLines(reader, ',');
    if (isSign(peek(reader), '}')) break;
    const name = readKey(reader);
    const keys = [...context.keys, name];
    if (context.certain) readItem(reader, keys);
    else readValue(reader, { keys, certain: false, lines: false });
    if (!isSign(peek(reader), '}', ',') && peek(reader).kind !== 'line') throw expected('}', peek(reader));
  }
  reader.at += 1;
}

/** Reads up to = or :, and consumes it. */
function readKey(reader: Reader): string {
  const first = peek(reader);
  const from = reader.at;
  let depth = 0;
  for (;;) {
    const token = peek(reader);
    if (depth === 0 && isSign(token, '=', ':')) break;
    if (token.kind === 'end' || token.kind === 'line') throw expected('= or :', token);
    if (isSign(token, '(', '[', '{')) depth += 1;
    if (isSign(token, ')', ']', '}')) depth -= 1;
    if (depth < 0) throw expected('= or :', token);
    reader.at += 1;
  }
  if (reader.at === from) throw expected('a key', first);
  reader.at += 1;
  const tokens = reader.tokens.slice(from, reader.at - 1);
  return tokens.map(({ text }) => text).join('');
}

function readList(reader: Reader, { keys, certain }: Context): void {
  reader.at += 1;
  skipLines(reader);
  if (isFor(reader)) return readRest(reader, ']', keys);
  for (let index = 0; ; index += 1) {
    skipLines(reader);
    if (isSign(peek(reader), ']')) break;
    readValue(reader, { keys: [...keys, `[${index}]`], certain, lines: true });
    if (isSign(peek(reader), ',')) reader.at += 1;
    else if (!isSign(peek(reader), ']')) throw expected(']', peek(reader));
  }
  reader.at += 1;
}

/** Reads the arguments of a call, or an expression in parentheses. */
function readArguments(reader: Reader, { keys, certain }: Context, call: string | undefined): void {
  reader.at += 1;
  for (let index = 0; ; index += 1) {
    skipLines(reader);
    if (isSign(peek(reader), ')')) break;
    const own = call === undefined ? keys : [...keys, call, `[${index}]`];
    readValue(reader, { keys: own, certain, lines: true });
    if (isSign(peek(reader), ',', '...')) reader.at += 1;
    else if (!isSign(peek(reader), ')')) throw expected(')', peek(reader));
  }
  reader.at += 1;
}

function isFor(reader: Reader): boolean {
  const [word, next] = [peek(reader), peek(reader, 1)];
  return word.kind === 'name' && word.text === 'for' && next.kind === 'name';
}

/** Reads up to the closing bracket. Nothing in it counts as a value. */
function readRest(reader: Reader, close: string, keys: readonly string[]): void {
  const open: string[] = [close];
  while (open.length > 0) {
    const token = peek(reader);
    if (token.kind === 'end') throw expected(close, token);
    if (['string', 'template', 'heredoc'].includes(token.kind)) {
      reader.document.leaves.push({ keys, token, certain: false });
    }
    if (isSign(token, '(')) open.push(')');
    else if (isSign(token, '[')) open.push(']');
    else if (isSign(token, '{')) open.push('}');
    else if (isSign(token, ')', ']', '}') && open.pop() !== token.text) throw expected(close, token);
    reader.at += 1;
  }
}
