/**
 * Converts a cluster config so that a CloudFormation template can contain it. Bytes, comments and order stay, but the result
 * is one document without anything that CloudFormation does not read (aliases, merge keys, empty values) or reads
 * differently than `pcluster`.
 * Source: CloudFormation user guide, "Template formats" (YAML 1.1 without aliases, hash merges and timestamps; null
 * values are refused).
 */
import { isUtf8 } from 'node:buffer';
import { isAlias, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { BakeError, throwAll } from '../errors/bake-error.ts';
import { placesInBytes, type SourcePlace } from '../util/source.ts';
import { asNode, readYaml, startOf, type YamlNode } from '../util/yaml.ts';
import {
  flowScalar,
  flowText,
  isEmpty,
  mergedMaps,
  pairsWithMerged,
  resolved,
  type ParsedConfig,
} from './aliases.ts';
import { plainMeaning } from './yaml11.ts';

/** A replacement in a text, by the offsets of that text. */
export interface TextChange {
  start: number;
  end: number;
  to: string;
}

/**
 * The config as one block of YAML: latin1 text of its UTF-8 bytes, without `---`, with LF line endings and a final LF.
 * @param file its name in errors
 * @throws BakeErrors TEMPLATE_CONFIG for each place that cannot be converted
 */
export function convertConfig(file: string, bytes: Buffer): string {
  const { text, placeOf } = decoded(file, bytes);
  const refusal = (offset: number, reason: string): BakeError =>
    new BakeError('TEMPLATE_CONFIG', { reason }, { place: placeOf(offset) });
  const read = readYaml(text);
  throwAll(read.problems.map(({ offset, message }) => refusal(offset, `not valid YAML: ${message}`)));
  const [first, second] = read.documents;
  if (second) throw refusal(startOf(second.contents), 'a second document; ParallelCluster reads only one');
  const root = asNode(first?.contents);
  if (!isMap(root))
    throw refusal(startOf(root), 'not a cluster config; expected a map with Image, HeadNode, Scheduling');

  const work: Work = { text, read, changes: [], errors: [], refusal };
  collect(root, work);
  throwAll(work.errors);
  const carried = tidied(applyChanges(text, work.changes));
  // The result must be the same tree with every alias expanded.
  const again = readYaml(carried);
  const same =
    again.problems.length === 0 &&
    JSON.stringify(resolved(asNode(again.documents[0]?.contents), again)) ===
      JSON.stringify(resolved(root, read));
  if (same) return carried;
  throw refusal(
    0,
    'bake cannot expand the aliases, anchors or merge keys of this config; expand them by hand',
  );
}

/** Replaces ranges of a text; if one range is inside another, only the outer one is replaced. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, to } of [...changes].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue;
    out += text.slice(at, start) + to;
    at = end;
  }
  return out + text.slice(at);
}

interface Decoded {
  text: string;
  placeOf: (offset: number) => SourcePlace;
}

function decoded(file: string, bytes: Buffer): Decoded {
  const body = bytes.subarray(bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);
  const placeOf = placesInBytes(file, body);
  const refuse = (offset: number, reason: string): never => {
    throw new BakeError('TEMPLATE_CONFIG', { reason }, { place: placeOf(offset) });
  };
  const text = body.toString('latin1');
  if (!isUtf8(body) || text.includes('\0')) refuse(0, 'expected UTF-8');
  const lone = /\r(?!\n)/.exec(text);
  if (lone) refuse(lone.index, 'a line that ends with a lone CR; expected LF or CR LF');
  return { text, placeOf };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

interface Work extends ParsedConfig {
  changes: TextChange[];
  errors: BakeError[];
}

/** Collects the changes below a node. */
function collect(node: YamlNode, work: Work): void {
  const { changes, errors, refusal, read } = work;
  if (isAlias(node)) {
    const [start = 0, end = 0] = node.range ?? [];
    changes.push({ start, end, to: flowText(read.target(node), work) });
    return;
  }
  if (node?.tag !== undefined) {
    errors.push(
      refusal(startOf(node), `the tag ${node.tag}, because CloudFormation reads tags as its functions`),
    );
    return;
  }
  if (isScalar(node) || isMap(node) || isSeq(node)) dropAnchor(node, work);
  if (isScalar(node)) {
    scalar(node, work);
  } else if (isMap(node)) {
    for (const pair of node.items) pairOf(node, pair, work);
  } else if (isSeq(node)) {
    for (const item of node.items) {
      if (isPair(item))
        errors.push(refusal(startOf(node), 'a pair in a list without braces; expected { key: value }'));
      else collect(asNode(item), work);
    }
  }
}

function pairOf(map: YAMLMap, pair: Pair, work: Work): void {
  const { errors, refusal } = work;
  const { key } = pair;
  const value = asNode(pair.value);
  if (!isScalar(key)) {
    errors.push(refusal(startOf(asNode(key)), 'a key that is not a text'));
    return;
  }
  dropAnchor(key, work);
  if (key.tag !== undefined) {
    errors.push(refusal(startOf(key), `the tag ${key.tag} on a key`));
  } else if (key.value === '<<' && key.type === 'PLAIN') {
    merge(map, pair, work);
  } else if (value === undefined || value === null) {
    errors.push(empty(key, String(key.value), work));
  } else {
    if (key.type === 'PLAIN') plain(key, work);
    // An empty value has no bytes, so its key gives the place.
    if (isScalar(value) && isEmpty(value)) errors.push(empty(key, String(key.value), work));
    else collect(value, work);
  }
}

function empty(at: Scalar, name: string, { refusal }: Work): BakeError {
  return refusal(
    startOf(at),
    `${name} has no value, and CloudFormation refuses a template with null; remove the key or give it a value`,
  );
}

function scalar(node: Scalar, work: Work): void {
  if (node.type !== 'PLAIN') return;
  if (isEmpty(node)) {
    work.errors.push(
      work.refusal(startOf(node), 'an empty value, and CloudFormation refuses a template with null'),
    );
  } else plain(node, work);
}

function plain(node: Scalar, { text, changes }: Work): void {
  const [start = 0, end = 0] = node.range ?? [];
  const source = text.slice(start, end);
  const meaning = plainMeaning(source);
  if (meaning !== null && meaning.as !== source) changes.push({ start, end, to: meaning.as });
}

/** Removes `&name` before the node, which may be on the line above. */
function dropAnchor(
  node: Scalar | YAMLMap | { anchor?: string; range?: unknown },
  { text, changes }: Work,
): void {
  const { anchor } = node;
  if (anchor === undefined) return;
  let start = text.lastIndexOf(`&${anchor}`, startOf(node as YamlNode));
  if (start < 0) return;
  let end = start + anchor.length + 1;
  while (text[end] === ' ') end += 1;
  // If the anchor is alone between the key and the end of the line, remove the blank, too.
  if (/[\r\n]/.test(text[end] ?? ''))
    while (/[ \t]/.test(text[start - 1] ?? '') && /[:\-?]/.test(text[start - 2] ?? '')) start -= 1;
  changes.push({ start, end, to: '' });
}

/** Replaces `<<: *defaults` by the merged pairs, without keys of the map itself (yaml.org/type/merge). */
function merge(map: YAMLMap, pair: Pair, work: Work): void {
  const { text, read, changes, errors, refusal } = work;
  const key = pair.key as Scalar;
  const own = new Set(map.items.flatMap(({ key: one }) => (isScalar(one) ? [String(one.value)] : [])));
  const pairs = new Map<string, string>();
  for (const source of mergedMaps(asNode(pair.value), read)) {
    for (const one of pairsWithMerged(source, read)) {
      const name = String((one.key as Scalar).value);
      if (own.has(name) || pairs.has(name)) continue;
      pairs.set(name, `${flowScalar(one.key as Scalar, work)}: ${flowText(asNode(one.value), work)}`);
    }
  }
  const [start = 0] = key.range ?? [];
  const end = endOf(asNode(pair.value), text);
  if (end === undefined) {
    errors.push(refusal(start, 'a merge key without a value'));
    return;
  }
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const between = map.flow === true ? ', ' : `\n${' '.repeat(column)}`;
  changes.push({ start, end, to: [...pairs.values()].join(between) });
}

function endOf(node: YamlNode, text: string): number | undefined {
  const end = node?.range?.[1];
  if (end === undefined) return undefined;
  return end - (/\s*$/.exec(text.slice(0, end))?.[0].length ?? 0);
}

/** Removes document markers and directives, converts line endings to LF, and indents JSON with spaces instead of tabs. */
function tidied(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const isJson = /^\s*[{[]/.test(text);
  const kept = lines.flatMap((line) => {
    if (line.startsWith('%') || /^\.\.\.(?=\s|$)/.test(line)) return [];
    if (/^---\s*$/.test(line)) return [];
    const whole = line.replace(/^---(?=\s)/, '   ');
    return [isJson ? whole.replace(/^[\t ]+/, (space) => space.replaceAll('\t', '  ')) : whole];
  });
  return `${kept
    .join('\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .replace(/\n*$/, '')}\n`;
}
