/**
 * Finds where a queue without an image can receive one, and how to write it there: in the file's own indent, flow
 * style, quotes and line ends. A queue that an alias brings in, or that others share by an anchor, has no place of its
 * own and is skipped.
 */
import { isMap, isScalar, type Scalar, type YAMLMap } from 'yaml';
import { asNode, pairsOf, startOf, type YamlNode } from '../util/yaml.ts';
import { type InheritingQueue, IMAGE, type Use } from '../cluster/image-uses.ts';
import type { Opening, OpeningScope, Reference } from './format.ts';
import type { Page } from './page.ts';

/** Finds openings for the queues that inherit the image of a root reference, in the order of the file. */
export function openingsFor(
  use: Use,
  reference: Reference,
  { page, scope }: { page: Page; scope: OpeningScope },
): Opening[] {
  // A path with another end is one of several values of a function, and it is not known which of them the queues
  // inherit.
  if (!use.heirs?.length || !use.path.endsWith(IMAGE)) return [];
  const prefix = use.path.slice(0, -IMAGE.length);
  const style = styleOf(use, reference, page.text);
  const openings: Opening[] = [];
  for (const heir of use.heirs) {
    const slot = slotIn(heir, style, page.text);
    if (!slot) continue;
    const { file } = page.found;
    const { line, column } = page.at(slot.at);
    const { region, os } = reference;
    const { rootVolumeGiB, instanceTypes } = heir;
    const lineEnd = lineEndAt(page, slot.at);
    const opening: Opening = {
      file,
      line,
      column,
      path: `${prefix}${heir.path}.${IMAGE}`,
      start: page.base + slot.at,
      before: slot.before.replaceAll('\n', lineEnd),
      after: slot.after.replaceAll('\n', lineEnd),
      inherits: reference.id,
    };
    if (region !== undefined) opening.region = region;
    if (os !== undefined) opening.os = os;
    if (rootVolumeGiB !== undefined) opening.rootVolumeGiB = rootVolumeGiB;
    if (instanceTypes !== undefined) opening.instanceTypes = instanceTypes;
    openings.push(opening);
    if (scope === 'first') break;
  }
  return openings;
}

/** The line end of the line, or of the line before if the file ends without one. */
function lineEndAt({ text, bytes, base }: Page, at: number): string {
  const next = text.indexOf('\n', at);
  const end = next < 0 ? text.lastIndexOf('\n') : next;
  if (end < 0) return '\n';
  if (text[end - 1] === '\r') return '\r\n';
  return bytes[base + end] === 13 ? '\r' : '\n';
}

interface Style {
  /** The indent of one level. */
  step: string;
  /** Whether the root's image is a flow map on one line. */
  flow: boolean;
  /** The padding inside `{ }`: a blank or nothing. */
  pad: string;
  quote: string;
}

/** A queue's image is written in the style of the root's image. */
function styleOf(use: Use, { quote }: Reference, text: string): Style {
  const at = startOf(use.key);
  const opened = /\{([ \t]*)[^{}\n]*$/.exec(text.slice(Math.max(0, at - 200), at));
  return {
    step: stepAbove(text, at) ?? '  ',
    flow: opened !== null,
    pad: opened?.[1] === '' ? '' : ' ',
    quote: quote === 'double' ? '"' : quote === 'single' ? "'" : '',
  };
}

/** The indent of a line relative to its parent's line. */
function stepAbove(text: string, at: number): string | undefined {
  const above = text.slice(0, at).split('\n');
  const own = /^ */.exec(above.pop() ?? '')?.[0].length ?? 0;
  const parent = above.findLast((line) => /^ *[^ #\r]/.test(line) && line.search(/[^ ]/) < own);
  return parent === undefined ? undefined : ' '.repeat(own - parent.search(/[^ ]/));
}

/** The place to write at. `\n` stands for the file's own line end. */
interface Slot {
  at: number;
  before: string;
  after: string;
}

function slotIn({ node }: InheritingQueue, style: Style, text: string): Slot | undefined {
  if (!isMap(node) || isShared(node)) return undefined;
  const image = pairsOf(node).get('Image');
  if (image)
    return isScalar(image.key) ? inImage(image.key, asNode(image.value), node, style, text) : undefined;
  return node.flow ? inFlow(node, style, text) : inBlock(node, style, text);
}

/** A change in a shared node would change other places too, and a tag can give a node an unknown meaning. */
function isShared(node: YAMLMap | Scalar): boolean {
  return node.anchor !== undefined || node.tag !== undefined;
}

/** The queue has an `Image:` without an id. */
function inImage(key: Scalar, value: YamlNode, queue: YAMLMap, style: Style, text: string): Slot | undefined {
  const { quote } = style;
  if (isMap(value) && !isShared(value)) {
    const at = firstKey(value);
    if (at === undefined) return value.flow ? inBraces(value, style, text, mark(key)) : undefined;
    const indent = indentOf(text, at);
    if (value.flow) return { at, ...around(`${written(value)}: `, quoteIn(value, quote), ', ') };
    return indent === undefined ? undefined : { at, ...around('CustomAmi: ', quote, `\n${indent}`) };
  }
  const indent = indentOf(text, startOf(key));
  const isEmpty = isScalar(value) && !isShared(value) && value.range?.[0] === value.range?.[1];
  if (!isEmpty || queue.flow || indent === undefined) return undefined;
  const at = idleEnd(text, startOf(value));
  const step = stepIn(queue, text) ?? style.step;
  return at === undefined ? undefined : { at, ...around(`\n${indent}${step}CustomAmi: `, quote, '') };
}

/** The flow map is empty. */
function inBraces(map: YAMLMap, { pad, quote }: Style, text: string, keyMark: string): Slot | undefined {
  const at = startOf(map) + 1;
  if (text[at] !== '}') return undefined;
  return { at, ...around(`${pad}${keyMark}CustomAmi${keyMark}: `, keyMark === '"' ? '"' : quote, pad) };
}

/** Inserts after the first pair of `{ Name: q, … }`, on the same line or on a new one. */
function inFlow(queue: YAMLMap, style: Style, text: string): Slot | undefined {
  const [first, second] = queue.items;
  if (!first) return undefined;
  const [key, value] = [asNode(first.key), asNode(first.value)];
  const at = value?.range?.[1];
  if (!isScalar(key) || at === undefined || at <= startOf(key)) return undefined;
  const quote = quoteIn(queue, style.quote);
  const sign = mark(key);
  const [image, custom] = [`${sign}Image${sign}`, `${sign}CustomAmi${sign}`];
  const colon = sign !== '' && text.slice(key.range?.[1], startOf(value)) === ':' ? ':' : ': ';
  const [outer, inner] = [startOf(queue), startOf(key)].map(
    (offset) => /^[ \t]*/.exec(lineOf(text, offset))?.[0],
  );
  if (
    outer !== undefined &&
    inner?.startsWith(outer) &&
    inner !== outer &&
    text.slice(startOf(queue), startOf(key)).includes('\n')
  ) {
    const deeper = inner + inner.slice(outer.length);
    return {
      at,
      ...around(`,\n${inner}${image}${colon}{\n${deeper}${custom}${colon}`, quote, `\n${inner}}`),
    };
  }
  const pad = /[ \t]/.test(text[startOf(queue) + 1] ?? '') ? ' ' : '';
  const between = second ? text.slice(at, startOf(asNode(second.key))) : ', ';
  const comma = /^,[ \t]*$/.test(between) ? between : ', ';
  return { at, ...around(`${comma}${image}${colon}{${pad}${custom}${colon}`, quote, `${pad}}`) };
}

/** Inserts below `Name: q`, or before the first key if no pair fits on one line. */
function inBlock(queue: YAMLMap, style: Style, text: string): Slot | undefined {
  const start = firstKey(queue);
  const indent = start === undefined ? undefined : indentOf(text, start);
  if (start === undefined || indent === undefined) return undefined;
  const { flow, pad, quote } = style;
  const step = stepIn(queue, text) ?? style.step;
  const image = flow ? `Image: {${pad}CustomAmi: ` : `Image:\n${indent}${step}CustomAmi: `;
  const closer = flow ? `${pad}}` : '';
  const ends = [pairsOf(queue).get('Name'), ...queue.items].map((pair) =>
    lineEndBehind(asNode(pair?.value), text),
  );
  const at = ends.find((end) => end !== undefined);
  if (at === undefined) return { at: start, ...around(image, quote, `${closer}\n${indent}`) };
  return { at, ...around(`\n${indent}${image}`, quote, closer) };
}

function around(before: string, quote: string, after: string): Omit<Slot, 'at'> {
  return { before: before + quote, after: quote + after };
}

/** Returns the end of the line after a scalar and its comment; undefined if anything else is on that line. */
function lineEndBehind(value: YamlNode, text: string): number | undefined {
  const [start, end] = value?.range ?? [0, 0];
  const isShort = isScalar(value) && /^(?:PLAIN|QUOTE_)/.test(value.type ?? '') && start < end;
  return isShort && !text.slice(start, end).includes('\n') ? idleEnd(text, end) : undefined;
}

/** Returns the end of the line if only blanks and a comment follow. */
function idleEnd(text: string, from: number): number | undefined {
  IDLE.lastIndex = from;
  const idle = IDLE.exec(text)?.[0];
  return idle === undefined ? undefined : from + idle.length;
}

const IDLE = /(?:[ \t]*|[ \t]*(?<=[ \t])#[^\r\n]*)(?=\r?\n|$)/y;

function firstKey(map: YAMLMap): number | undefined {
  const [first] = map.items;
  return isScalar(first?.key) ? startOf(first.key) : undefined;
}

/** Returns the blanks before a key's column; undefined if anything but `- ` precedes it. */
function indentOf(text: string, at: number): string | undefined {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^ *(?:- +)*$/.test(before) ? ' '.repeat(before.length) : undefined;
}

function lineOf(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at + 1);
}

/** The indent of the queue's own maps. */
function stepIn(queue: YAMLMap, text: string): string | undefined {
  for (const { key, value } of queue.items) {
    const inner = isMap(value) && !value.flow ? firstKey(value) : undefined;
    if (inner === undefined) continue;
    const [outside, inside] = [indentOf(text, startOf(asNode(key))), indentOf(text, inner)];
    if (outside !== undefined && inside?.startsWith(outside)) return inside.slice(outside.length);
  }
  return undefined;
}

function mark(key: Scalar): string {
  return key.type === 'QUOTE_DOUBLE' ? '"' : key.type === 'QUOTE_SINGLE' ? "'" : '';
}

/** Values are quoted if the keys are, as in JSON. */
function quoteIn(map: YAMLMap, quote: string): string {
  const key = map.items[0]?.key;
  return isScalar(key) && key.type === 'QUOTE_DOUBLE' ? '"' : quote;
}

function written(map: YAMLMap): string {
  const key = map.items[0]?.key;
  const sign = isScalar(key) ? mark(key) : '';
  return `${sign}CustomAmi${sign}`;
}
