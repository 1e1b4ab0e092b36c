/**
 * Reads the tokens of HCL with their offsets: enough to distinguish strings, templates and comments. Source:
 * hashicorp/hcl:hclsyntax/spec.md (lexical elements, template expressions).
 */
import { SyntaxProblem } from './problem.ts';

export interface HclToken {
  /**
   * string: without its quotes, and with neither template nor escape. template: any other quoted string, with its
   * quotes.
   */
  kind: 'name' | 'number' | 'string' | 'template' | 'heredoc' | 'sign' | 'line' | 'end';
  start: number;
  end: number;
  text: string;
}

const BLANKS = /[ \t\r]+/y;
const COMMENT = /(?:#|\/\/)[^\n]*|\/\*[^]*?\*\//y;
// Bytes above 127 count as letters, because the text is Latin-1.
const NAME = /[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff-]*/y;
const NUMBER = /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SIGN = /==|!=|<=|>=|&&|\|\||=>|\.\.\.|::|[-+*/%!<>?:=,.(){}[\]]/y;
const HEREDOC = /<<(-?)([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff-]*)[ \t]*\r?\n/y;

/** @throws SyntaxProblem if no token begins at an offset, or a token does not end */
export function hclTokens(text: string): HclToken[] {
  const tokens: HclToken[] = [];
  let at = 0;
  const push = (kind: HclToken['kind'], end: number, start = at, until = end) => {
    tokens.push({ kind, start, end: until, text: text.slice(start, until) });
    at = end;
  };
  while (at < text.length) {
    const skipped = matchEnd(BLANKS, text, at) ?? matchEnd(COMMENT, text, at);
    if (skipped !== undefined) at = skipped;
    else if (text[at] === '\n') push('line', at + 1);
    else if (text[at] === '"') {
      const end = quotedEnd(text, at, 0);
      const plain = !/[\\\n]|[$%]\{/.test(text.slice(at + 1, end - 1));
      if (plain) push('string', end, at + 1, end - 1);
      else push('template', end);
    } else if (text.startsWith('<<', at)) push('heredoc', heredocEnd(text, at));
    else {
      const name = matchEnd(NAME, text, at);
      const number = name === undefined ? matchEnd(NUMBER, text, at) : undefined;
      const sign = name === undefined && number === undefined ? matchEnd(SIGN, text, at) : undefined;
      if (name !== undefined) push('name', name);
      else if (number !== undefined) push('number', number);
      else if (sign !== undefined) push('sign', sign);
      else throw new SyntaxProblem(at, `${JSON.stringify(text[at])} is not expected here`);
    }
  }
  push('end', text.length);
  return tokens;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const DEEPEST = 100;

/** Returns the offset after the closing quote. Templates in a string can contain quoted strings. */
function quotedEnd(text: string, from: number, depth: number): number {
  if (depth > DEEPEST) throw new SyntaxProblem(from, 'nested too deeply');
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character === '\n') break;
    if (character === '\\') at += 1;
    else if (isEscapedTemplate(text, at)) at += 2;
    else if (isTemplate(text, at)) at = templateEnd(text, at, depth) - 1;
  }
  throw new SyntaxProblem(from, 'a quote is not closed');
}

/** Whether an escape begins: `$${` and `%%{` stand for `${` and `%{`. */
function isEscapedTemplate(text: string, at: number): boolean {
  return text.startsWith('$${', at) || text.startsWith('%%{', at);
}

function isTemplate(text: string, at: number): boolean {
  return text.startsWith('${', at) || text.startsWith('%{', at);
}

/** Returns the offset after the brace that closes `${` or `%{`. */
function templateEnd(text: string, from: number, depth: number): number {
  let braces = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = quotedEnd(text, at, depth + 1) - 1;
    else if (character === '{') braces += 1;
    else if (character === '}') {
      braces -= 1;
      if (braces === 0) return at + 1;
    }
  }
  throw new SyntaxProblem(from, 'a template is not closed');
}

/** Returns the offset after the word of the last line, whose line end is a token of its own. */
function heredocEnd(text: string, from: number): number {
  HEREDOC.lastIndex = from;
  const [whole, , word] = HEREDOC.exec(text) ?? [];
  if (whole === undefined || word === undefined)
    throw new SyntaxProblem(from, '<< does not begin a heredoc here');
  for (let line = from + whole.length; line <= text.length;) {
    const newline = text.indexOf('\n', line);
    const end = newline < 0 ? text.length : newline;
    if (text.slice(line, end).trim() === word) return text.slice(line, end).trimEnd().length + line;
    if (newline < 0) break;
    line = newline + 1;
  }
  throw new SyntaxProblem(from, `the heredoc ${word} is not closed`);
}
