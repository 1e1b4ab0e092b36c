/**
 * Owns reading plain block YAML fast: line by line into the very nodes that the `yaml` library makes, twenty times
 * faster. What is not surely plain (anchors, aliases, tags, tabs, values over several lines, templates, a second
 * document, a key twice, an odd indent) it does not judge: it gives up, and the library reads the whole file.
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
  readKey,
  readScalar,
  skipBlanks,
  type Source,
  SPACE,
} from './yaml-values.ts';

export interface Outline {
  root: Node;
  /** What each alias stands for. */
  targets: ReadonlyMap<Node, Node>;
}

/**
 * Equal to the library (schema "failsafe") in values, types, sources and `flow`, in each node's start, and in the end
 * of scalars and flow collections. A block collection ends here with its last value, in the library behind the
 * comments that follow; the third offset of a range is the second. Comments are not kept.
 * @returns undefined when it gives up
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
/** The library recurses, and has its own say on what is nested deeper. */
const DEEPEST = 60;

function hasLoneCr(text: string): boolean {
  return text.includes('\r') && /\r(?!\n)/.test(text);
}

/** A block collection that lines may still be added to. */
interface Open {
  indent: number;
  map?: YAMLMap<Node, Node>;
  seq?: YAMLSeq<Node>;
  /** Keys of the map, once they are too many to compare one by one. */
  keys?: Set<unknown>;
}

interface Reading extends Source {
  /** Outermost first. */
  open: Open[];
  /** Behind a key or a `-` whose value may come on the lines below: where an empty value would stand. */
  pending?: { at: number; pair?: Pair<Node, Node>; anchor?: string } | undefined;
  root?: Node;
  /** `---` has been read. */
  begun: boolean;
}

/** Reads the line from `at` to `end`, or more lines where a block scalar begins. */
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

/** Closes what this line's indent ends, and sees whether the line can go on with what is open then. */
function settle(reading: Reading, indent: number, dash: boolean): boolean {
  const { open, pending } = reading;
  let top = open.at(-1);
  if (pending && top) {
    // Below a key, a list may stand at the key's own indent.
    if (indent > top.indent || (dash && indent === top.indent && top.map)) return open.length < DEEPEST;
    if (!fillIn(reading)) return false;
  }
  while (top && isEnded(top, indent, dash)) top = close(reading);
  if (!top) return reading.root === undefined;
  return top.indent === indent && (dash ? top.seq : top.map) !== undefined;
}

/** A list at the indent of its key ends where the next key begins. */
function isEnded(open: Open, indent: number, dash: boolean): boolean {
  return open.indent > indent || (open.indent === indent && open.seq !== undefined && !dash);
}

/** One `key: value`, or `- ` and what is behind it. */
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
    const key = readKey(reading);
    // A bare value stands behind a `-` only.
    if (!key) return isItem && readValue(reading, parent);
    const indent = start - lineStart;
    if (!enter(reading, { indent, map: mapNode(start) }) || !addKey(reading, key)) return false;
    return isIdle(reading) || readValue(reading, indent);
  }
}

/** Opens the collection where a value is missing, or where nothing is open yet; else the one that is open goes on. */
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

/** The value behind a key or a `-`, whole, and nothing but a comment behind it. */
function readValue(reading: Reading, indent: number): boolean {
  const { pending } = reading;
  if (pending && reading.text.charCodeAt(reading.at) === AMPERSAND) {
    const anchor = readAnchor(reading);
    if (anchor === undefined) return false;
    pending.anchor = anchor;
    // An alias of this name inside of a flow collection stands for the collection around it: left to the library.
    reading.anchors.delete(anchor);
    // The collection on the lines below has it.
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

/** Gives the value to the key or the `-` that waits for one. */
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

/** Nothing came: the value is empty. @returns false where an anchor waits for one, which is left to the library */
function fillIn(reading: Reading): boolean {
  const { pending } = reading;
  if (pending?.anchor !== undefined) return false;
  if (pending) attach(reading, scalarNode('', pending.at, pending.at, 'PLAIN'));
  return true;
}

/** @returns what is open then */
function close(reading: Reading): Open | undefined {
  const done = reading.open.pop();
  const node = done?.map ?? done?.seq;
  const last = done?.map ? done.map.items.at(-1)?.value : done?.seq?.items.at(-1);
  const end = last?.range?.[1];
  if (node?.range && end !== undefined) node.range = [node.range[0], end, end];
  return reading.open.at(-1);
}

/** Nothing is left on the line but blanks and a comment. */
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
 * A block scalar: its extent is found here, its lines are read by the library.
 * Source: yaml:src/parse/lexer.ts, parseBlockScalar.
 * @param parent indent of the map or the list it stands in
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
  // The line feed of its last line ends the line that is being read.
  reading.end = end + source.length;
  reading.at = reading.end;
  return scalarNode(scalar.value, scalar.range[0], scalar.range[1], scalar.type);
}

/** Offset behind the last line of a block scalar whose header's line is being read. */
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

/** Offset of the LF behind the last line that is blank or indented enough. */
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

/** Blank lines at the end that are indented no further than the first line belong to nobody. */
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
