/** Reads keys, scalars and flow collections on one line of plain YAML, and never guesses a value. */
import type { Alias, Node, Scalar } from 'yaml';
import { aliasNode, mapNode, pairNode, scalarNode, seqNode } from './yaml-nodes.ts';

/** The position of the readers. Each of them moves `at` after what it has read, and gives up without moving it. */
export interface LineReader {
  text: string;
  at: number;
  /** The end of the line: the offset of its LF, or of the end of the text. */
  end: number;
  /** The latest node of each anchor. */
  anchors: Map<string, Node>;
  /** The node that each alias refers to. */
  targets: Map<Node, Node>;
}

/** A colon as in `AWS::Region` and `s3://` belongs to the word. */
const KEY = /(?:[A-Za-z0-9_$/][\w.$/+-]*(?::(?=[\w:/])[\w.$/+-]*)*|<<)(?=:(?:[ \r\n]|$))/y;
const FLOW_KEY = /(?:[A-Za-z0-9_$/][\w.$/+-]*(?::(?=[\w:/])[\w.$/+-]*)*|<<)(?=: )/y;
/** The library refuses keys of 1024 characters. */
const LONGEST_KEY = 1000;
const FLOW_PLAIN =
  /(?:[A-Za-z0-9_./$~+=(\\\u0080-\ufefe]|--?(?=[\w.]))(?:[^ ,[\]{}:\r\n]|:(?=[^ ,[\]{}\r\n])| +(?=[^ ,[\]{}:#\r\n]))*/y;

/** Reads a key with its colon and the blanks after it; undefined if there is no key. */
export function readYamlKey(source: LineReader): Scalar<string> | undefined {
  const { text, at } = source;
  const key = quoted(source) ?? matchPlain(source, KEY);
  if (!key) return undefined;
  const behind = text.charCodeAt(source.at + 1);
  const colon = text.charCodeAt(source.at) === COLON && source.at - at < LONGEST_KEY;
  if (!colon || !(behind === SPACE || behind === CR || behind === LF || source.at + 1 === text.length)) {
    source.at = at;
    return undefined;
  }
  source.at += 1;
  skipBlanks(source);
  return key;
}

/** Reads a plain or quoted scalar that ends on its line. */
export function readScalar(source: LineReader): Scalar<string> | undefined {
  const { text, at } = source;
  const first = text.charCodeAt(at);
  if (first === QUOTE || first === APOSTROPHE) return quoted(source);
  if (!beginsPlain(first) && !isOption(text, at)) return undefined;
  let value = text.slice(at, text.charCodeAt(source.end - 1) === CR ? source.end - 1 : source.end);
  const comment = value.indexOf(' #');
  if (comment >= 0) value = value.slice(0, comment);
  let length = value.length;
  while (value.charCodeAt(length - 1) === SPACE) length -= 1;
  if (length < value.length) value = value.slice(0, length);
  if (value.charCodeAt(length - 1) === COLON || value.includes(': ')) return undefined;
  source.at = at + length;
  return scalarNode(value, at, source.at, 'PLAIN');
}

/** `-x` and `--option` are plain scalars; `- x` is a list, and `---` may end the document. */
function isOption(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== DASH) return false;
  return beginsPlain(text.charCodeAt(text.charCodeAt(at + 1) === DASH ? at + 2 : at + 1));
}

/** Reads `{…}` or `[…]` that ends on its line and has no empty values or trailing commas. */
export function readFlow(source: LineReader, depth: number): Node | undefined {
  const { text, at } = source;
  const isMap = text.charCodeAt(at) === BRACE;
  const closer = isMap ? CLOSING_BRACE : CLOSING_BRACKET;
  const map = isMap ? mapNode(at) : undefined;
  const seq = isMap ? undefined : seqNode(at);
  source.at += 1;
  skipBlanks(source);
  for (let first = true; text.charCodeAt(source.at) !== closer; first = false) {
    if (depth <= 0 || (!first && !readComma(source))) return undefined;
    const key = map && readFlowKey(source);
    if (map && (!key || map.items.some((item) => (item.key as Scalar).value === key.value))) return undefined;
    const begins = text.charCodeAt(source.at);
    const value =
      begins === BRACE || begins === BRACKET
        ? readFlow(source, depth - 1)
        : (quoted(source) ?? readAlias(source) ?? matchPlain(source, FLOW_PLAIN));
    if (!value) return undefined;
    if (map && key) map.items.push(pairNode(key, value));
    else seq?.items.push(value);
    skipBlanks(source);
  }
  source.at += 1;
  const node = map ?? seq;
  if (!node) return undefined;
  node.flow = true;
  node.range = [at, source.at, source.at];
  return node;
}

const NAME = /[A-Za-z0-9_][\w.-]*(?=[ ,\]}\r\n]|$)/y;

/** Reads `*name` if the anchor is known. */
export function readAlias(source: LineReader): Alias | undefined {
  const name = nameAfter(source, ASTERISK);
  const target = name === undefined ? undefined : source.anchors.get(name);
  if (name === undefined || !target) return undefined;
  const alias = aliasNode(name, source.at);
  source.at += 1 + name.length;
  source.targets.set(alias, target);
  return alias;
}

/** Reads `&name` and the blanks after it. @returns the name */
export function readAnchor(source: LineReader): string | undefined {
  const name = nameAfter(source, AMPERSAND);
  if (name === undefined) return undefined;
  source.at += 1 + name.length;
  skipBlanks(source);
  return name;
}

function nameAfter({ text, at }: LineReader, mark: number): string | undefined {
  if (text.charCodeAt(at) !== mark) return undefined;
  NAME.lastIndex = at + 1;
  return NAME.exec(text)?.[0];
}

/** Reads the comma between two values. */
function readComma(source: LineReader): boolean {
  if (source.text.charCodeAt(source.at) !== COMMA) return false;
  source.at += 1;
  skipBlanks(source);
  return true;
}

function readFlowKey(source: LineReader): Scalar<string> | undefined {
  const { at, text } = source;
  const key = quoted(source) ?? matchPlain(source, FLOW_KEY);
  if (!key || text.charCodeAt(source.at) !== COLON || source.at - at > LONGEST_KEY) return undefined;
  source.at += 1;
  skipBlanks(source);
  return key;
}

/** Reads a quoted scalar without escapes that ends on its line. */
function quoted(source: LineReader): Scalar<string> | undefined {
  const { text, at } = source;
  const first = text.charCodeAt(at);
  if (first !== QUOTE && first !== APOSTROPHE) return undefined;
  const close = first === QUOTE ? text.indexOf('"', at + 1) : lastApostrophe(text, at + 1);
  if (close < 0 || close >= source.end) return undefined;
  const written = text.slice(at + 1, close);
  if (first === QUOTE) {
    return written.includes('\\') ? undefined : taken(source, written, close + 1 - at, 'QUOTE_DOUBLE');
  }
  const value = written.includes("'") ? written.replaceAll("''", "'") : written;
  return taken(source, value, close + 1 - at, 'QUOTE_SINGLE');
}

/** The apostrophe that ends the scalar; two adjacent apostrophes stand for one in the text. */
function lastApostrophe(text: string, from: number): number {
  let close = text.indexOf("'", from);
  while (close >= 0 && text.charCodeAt(close + 1) === APOSTROPHE) close = text.indexOf("'", close + 2);
  return close;
}

function matchPlain(source: LineReader, pattern: RegExp): Scalar<string> | undefined {
  pattern.lastIndex = source.at;
  if (!pattern.test(source.text)) return undefined;
  const value = source.text.slice(source.at, pattern.lastIndex);
  return taken(source, value, value.length, 'PLAIN');
}

function taken(source: LineReader, value: string, length: number, type: Scalar.Type): Scalar<string> {
  const start = source.at;
  source.at += length;
  return scalarNode(value, start, source.at, type);
}

export function skipBlanks(source: LineReader): void {
  while (source.text.charCodeAt(source.at) === SPACE) source.at += 1;
}

/** Characters that can begin a plain scalar because they are not special in YAML. */
const PLAIN = /[A-Za-z0-9_./$~+=;^<()\\]/;
const plainAscii = Array.from({ length: 128 }, (_, code) => PLAIN.test(String.fromCharCode(code)));

function beginsPlain(code: number): boolean {
  return code < 128 ? (plainAscii[code] ?? false) : code < 0xfeff;
}

export const LF = 10;
export const CR = 13;
export const SPACE = 32;
const QUOTE = 34;
export const HASH = 35;
export const AMPERSAND = 38;
const APOSTROPHE = 39;
const ASTERISK = 42;
const COMMA = 44;
export const DASH = 45;
const COLON = 58;
export const BRACE = 123;
export const BRACKET = 91;
const CLOSING_BRACE = 125;
const CLOSING_BRACKET = 93;
