/**
 * Reads plain block YAML line by line into the same nodes as the `yaml` library, but twenty times faster. If a file
 * contains anything else (tags, tabs, anchors of keys, values over several lines, templates, a second document, a
 * duplicate key, an irregular indent), this reader gives up and the library reads the whole file.
 */
import {
  CST,
  isCollection,
  isScalar,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { mapNode, pairNode, scalarNode, seqNode } from './yaml-nodes.ts';
import {
  AMPERSAND,
  BRACE,
  BRACKET,
  CR,
  DASH,
  HASH,
  LF,
  readAlias,
  readAnchor,
  readFlow,
  readYamlKey,
  readScalar,
  skipBlanks,
  type LineReader,
  SPACE,
} from './yaml-values.ts';

export interface Outline {
  root: Node;
  /** The node that each alias refers to. */
  targets: ReadonlyMap<Node, Node>;
}

/**
 * The nodes equal those of the library (schema "failsafe") in values, types, sources, `flow`, start offsets, and the end
 * offsets of scalars and flow collections. A block collection ends with its last value, in the library after the comments
 * that follow; the third offset of a range equals the second. Comments are not kept.
 * @returns undefined if it gives up
 */
export function outline(text: string): Outline | undefined {
  if (text.includes('\t') || text.charCodeAt(0) === BYTE_ORDER_MARK || hasLoneCr(text)) return undefined;
  const [anchors, targets] = [new Map<string, Node>(), new Map<Node, Node>()];
  const reading: Reading = { text, at: 0, end: 0, open: [], begun: false, anchors, targets };
  for (let next = 0; next < text.length; next = reading.end + 1) {
    const newline = text.indexOf('\n', next);
    reading.end = newline < 0 ? text.length : newline;
    reading.at = next;
    if (!readLine(reading)) return undefined;
  }
  if (!fillIn(reading)) return undefined;
  while (reading.open.length > 0) close(reading);
  return reading.root && { root: reading.root, targets };
}

const BYTE_ORDER_MARK = 0xfeff;
/** Deeper nesting is left to the library, which has a limit of its own because it recurses. */
const DEEPEST = 60;

function hasLoneCr(text: string): boolean {
  return text.includes('\r') && /\r(?!\n)/.test(text);
}

/** A block collection that is still open: later lines may add to it. */
interface Open {
  indent: number;
  map?: YAMLMap<Node, Node>;
  seq?: YAMLSeq<Node>;
  /** The keys of the map, once there are too many to compare one by one. */
  keys?: Set<unknown>;
}

interface Reading extends LineReader {
  /** The outermost collection comes first. */
  open: Open[];
  /** A key or a `-` whose value may follow on the next lines, with its anchor and the offset of an empty value. */
  pending?: { at: number; pair?: Pair<Node, Node>; anchor?: string } | undefined;
  root?: Node;
  /** `---` has been read. */
  begun: boolean;
}

/** Reads the line from `at` to `end`, or several lines if a block scalar begins there. */
function readLine(reading: Reading): boolean {
  const start = reading.at;
  skipBlanks(reading);
  if (isIdle(reading) || reading.text.charCodeAt(reading.at) === HASH) return true;
  const indent = reading.at - start;
  if (indent === 0 && MARKER.test(reading.text.slice(start, start + 4))) return beginDocument(reading);
  return settle(reading, indent, isDash(reading)) && readEntry(reading, start);
}

const MARKER = /^(?:---|\.\.\.)(?:[ \r\n]|$)/;

/** `---` alone, before the first value. */
function beginDocument(reading: Reading): boolean {
  if (reading.root || reading.begun || reading.text.charCodeAt(reading.at) !== DASH) return false;
  reading.begun = true;
  reading.at += 3;
  return isIdle(reading);
}

/** Closes the collections that end at the indent of this line. @returns whether the line can continue the collection that is open then */
function settle(reading: Reading, indent: number, dash: boolean): boolean {
  const { open, pending } = reading;
  let top = open.at(-1);
  if (pending && top) {
    // A list below a key may have the same indent as the key.
    if (indent > top.indent || (dash && indent === top.indent && top.map)) return open.length < DEEPEST;
    if (!fillIn(reading)) return false;
  }
  while (top && isEnded(top, indent, dash)) top = close(reading);
  if (!top) return reading.root === undefined;
  return top.indent === indent && (dash ? top.seq : top.map) !== undefined;
}

/** A list with the indent of its key ends at the next key. */
function isEnded(open: Open, indent: number, dash: boolean): boolean {
  return open.indent > indent || (open.indent === indent && open.seq !== undefined && !dash);
}

/** Reads one `key: value`, or `- ` and what follows it. */
function readEntry(reading: Reading, lineStart: number): boolean {
  for (let isItem = false; ; isItem = true) {
    const start = reading.at;
    const parent = reading.open.at(-1)?.indent ?? 0;
    if (isDash(reading)) {
      if (!enter(reading, { indent: start - lineStart, seq: seqNode(start) })) return false;
      reading.at += 1;
      skipBlanks(reading);
      reading.pending = { at: reading.at };
      if (isIdle(reading)) return true;
      continue;
    }
    const key = readYamlKey(reading);
    // A value without a key is only valid after a `-`.
    if (!key) return isItem && readValue(reading, parent);
    const indent = start - lineStart;
    if (!enter(reading, { indent, map: mapNode(start) }) || !addKey(reading, key)) return false;
    return isIdle(reading) || readValue(reading, indent);
  }
}

/** Opens the collection if a value is missing or nothing is open yet; otherwise the open collection continues. */
function enter(reading: Reading, fresh: Open): boolean {
  const { open, pending } = reading;
  if (!pending && open.length > 0) return true;
  const node = fresh.map ?? fresh.seq;
  if (!node) return false;
  if (pending) attach(reading, node);
  else reading.root = node;
  return open.push(fresh) < DEEPEST;
}

function addKey(reading: Reading, key: Scalar): boolean {
  const top = reading.open.at(-1);
  if (!top?.map) return false;
  const { items } = top.map;
  if (items.length < FEW) {
    if (items.some((item) => (item.key as Scalar).value === key.value)) return false;
  } else {
    top.keys ??= new Set(items.map((item) => (item.key as Scalar).value));
    if (top.keys.has(key.value)) return false;
    top.keys.add(key.value);
  }
  const pair = pairNode(key);
  items.push(pair);
  reading.pending = { at: reading.at, pair };
  return true;
}

const FEW = 12;

/** Reads the complete value after a key or a `-`; only a comment may follow it. */
function readValue(reading: Reading, indent: number): boolean {
  const { pending } = reading;
  if (pending && reading.text.charCodeAt(reading.at) === AMPERSAND) {
    const anchor = readAnchor(reading);
    if (anchor === undefined) return false;
    pending.anchor = anchor;
    // An alias of this name in a flow collection would mean that collection: the library reads that.
    reading.anchors.delete(anchor);
    // The anchor belongs to the collection on the next lines.
    if (isIdle(reading)) return true;
  }
  const first = reading.text.charCodeAt(reading.at);
  let value: Node | undefined;
  if (first === BRACE || first === BRACKET) value = readFlow(reading, DEEPEST - reading.open.length);
  else if (first === BAR || first === GREATER) value = readBlockScalar(reading, indent);
  else value = readScalar(reading) ?? (pending?.anchor === undefined ? readAlias(reading) : undefined);
  if (!value) return false;
  attach(reading, value);
  return isIdle(reading);
}

const BAR = 124;
const GREATER = 62;

/** Attaches the value to the key or the `-` that waits for it. */
function attach(reading: Reading, value: Node): void {
  const { pair, anchor } = reading.pending ?? {};
  if (pair) pair.value = value;
  else reading.open.at(-1)?.seq?.items.push(value);
  if (anchor !== undefined) name(value, anchor, reading);
  reading.pending = undefined;
}

function name(value: Node, anchor: string, { anchors }: Reading): void {
  if (isScalar(value) || isCollection(value)) value.anchor = anchor;
  anchors.set(anchor, value);
}

/** Attaches an empty value if none has followed. @returns false if it would have an anchor: the library reads that */
function fillIn(reading: Reading): boolean {
  const { pending } = reading;
  if (pending?.anchor !== undefined) return false;
  if (pending) attach(reading, scalarNode('', pending.at, pending.at, 'PLAIN'));
  return true;
}

/** Closes the innermost collection. @returns the one that is open then */
function close(reading: Reading): Open | undefined {
  const done = reading.open.pop();
  const node = done?.map ?? done?.seq;
  const last = done?.map ? done.map.items.at(-1)?.value : done?.seq?.items.at(-1);
  const end = last?.range?.[1];
  if (node?.range && end !== undefined) node.range = [node.range[0], end, end];
  return reading.open.at(-1);
}

/** Whether only blanks and a comment are left on the line. */
function isIdle({ text, at, end }: Reading): boolean {
  let from = at;
  while (text.charCodeAt(from) === SPACE) from += 1;
  const code = text.charCodeAt(from);
  if (code === HASH) return text.charCodeAt(from - 1) === SPACE;
  return from >= end || (code === CR && from + 1 === end);
}

function isDash({ text, at }: Reading): boolean {
  if (text.charCodeAt(at) !== DASH) return false;
  const behind = text.charCodeAt(at + 1);
  return behind === SPACE || behind === LF || behind === CR || at + 1 === text.length;
}

const HEADER = /[|>](?:[+-]?[1-9]?|[1-9][+-])(?= |\r?\n)/y;

/**
 * Reads a block scalar: this function finds its end, and the library reads its lines.
 * Source: yaml:src/parse/lexer.ts, parseBlockScalar.
 * @param parent the indent of the map or list that contains it
 */
function readBlockScalar(reading: Reading, parent: number): Scalar<string> | undefined {
  const { text, at, end } = reading;
  HEADER.lastIndex = at;
  const header = HEADER.exec(text)?.[0];
  reading.at = at + (header?.length ?? 0);
  if (header === undefined || end === text.length || !isIdle(reading)) return undefined;
  const source = text.slice(end + 1, blockEnd(reading, header, parent));
  const token = {
    type: 'block-scalar',
    offset: at,
    indent: parent,
    props: [
      { type: 'block-scalar-header', offset: at, indent: parent, source: header },
      { type: 'space', offset: reading.at, indent: parent, source: text.slice(reading.at, end + 1) },
    ],
    source,
  } as const;
  let failed = false;
  const scalar = CST.resolveAsScalar({ ...token, props: [...token.props] }, true, () => (failed = true));
  if (failed || (scalar.type !== 'BLOCK_FOLDED' && scalar.type !== 'BLOCK_LITERAL')) return undefined;
  // The line feed of its last line ends the current line.
  reading.end = end + source.length;
  reading.at = reading.end;
  return scalarNode(scalar.value, scalar.range[0], scalar.range[1], scalar.type);
}

/** The offset after the last line of a block scalar; its header is on the current line. */
function blockEnd({ text, end }: Reading, header: string, parent: number): number {
  const first = /[^ \r\n]|$/g;
  first.lastIndex = end + 1;
  const content = first.exec(text)?.index ?? text.length;
  let newline = text.lastIndexOf('\n', content - 1);
  const indent = content - newline - 1;
  if (indent > parent) {
    const digit = /[1-9]/.exec(header)?.[0];
    const least = digit === undefined ? indent : parent + Number(digit);
    newline = lastLine(text, newline, least);
  }
  if (!header.includes('+')) newline = withoutBlankLines(text, { from: end + 1, newline, indent });
  return Math.min(newline + 1, text.length);
}

/** The offset of the LF after the last line that is blank or has at least this indent. */
function lastLine(text: string, before: number, least: number): number {
  let newline = before;
  while (newline < text.length) {
    let at = newline + 1;
    while (text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    const isBlank = code === LF || code === CR;
    if (!isBlank && at - newline - 1 < least) return newline;
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    newline = next;
  }
  return newline;
}

/** Blank lines at the end with an indent up to that of the first line do not belong to the scalar. */
function withoutBlankLines(
  text: string,
  { from, newline, indent }: { from: number; newline: number; indent: number },
): number {
  let last = newline;
  for (;;) {
    let at = last - 1;
    if (text.charCodeAt(at) === CR) at -= 1;
    const end = at;
    while (text.charCodeAt(at) === SPACE) at -= 1;
    if (text.charCodeAt(at) !== LF || at < from || at + 1 + indent <= end) return last;
    last = at;
  }
}
