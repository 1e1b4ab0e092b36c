/**
 * Owns a cluster config as CloudFormation can carry it inside a template: its bytes, comments and order as they are,
 * but one document, without what CloudFormation does not read (aliases, merge keys, empty values) or reads in another
 * way than `pcluster` does.
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
  type Source,
} from './aliases.ts';
import { plainMeaning } from './yaml11.ts';

/** Text that is replaced; offsets are those of the text it is about. */
export interface Change {
  start: number;
  end: number;
  to: string;
}

/**
 * The config as one block of YAML, as latin1 text of its UTF-8 bytes, without `---`, with LF, ending in one.
 * @param file its name in errors
 * @throws BakeErrors TEMPLATE_CONFIG, at each place that cannot be carried
 */
export function carriedConfig(file: string, bytes: Buffer): string {
  const { text, placeOf } = decoded(file, bytes);
  const refusal = (offset: number, reason: string): BakeError =>
    new BakeError('TEMPLATE_CONFIG', { reason }, { place: placeOf(offset) });
  const read = readYaml(text);
  throwAll(read.troubles.map(({ offset, message }) => refusal(offset, `not valid YAML: ${message}`)));
  const [first, second] = read.documents;
  if (second) throw refusal(startOf(second.contents), 'a second document; ParallelCluster reads one');
  const root = asNode(first?.contents);
  if (!isMap(root)) throw refusal(startOf(root), 'no cluster config: a map with Image, HeadNode, Scheduling');

  const work: Work = { text, read, changes: [], errors: [], refusal };
  collect(root, work);
  throwAll(work.errors);
  const carried = tidied(applied(text, work.changes));
  // The same tree with every alias followed, or what we made is not what was meant.
  const again = readYaml(carried);
  const same =
    again.troubles.length === 0 &&
    JSON.stringify(resolved(asNode(again.documents[0]?.contents), again)) ===
      JSON.stringify(resolved(root, read));
  if (same) return carried;
  throw refusal(
    0,
    'its aliases, anchors or merge keys are written in a way that cannot be written out; write them out by hand',
  );
}

/** Replaces ranges of a text; where one lies inside another, the outer one counts. */
export function applied(text: string, changes: readonly Change[]): string {
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
  if (lone) refuse(lone.index, 'a line that ends in CR alone; write LF or CR LF');
  return { text, placeOf };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

interface Work extends Source {
  changes: Change[];
  errors: BakeError[];
}

/** What must be written otherwise below a node. */
function collect(node: YamlNode, work: Work): void {
  const { changes, errors, refusal, read } = work;
  if (isAlias(node)) {
    const [start = 0, end = 0] = node.range ?? [];
    changes.push({ start, end, to: flowText(read.target(node), work) });
    return;
  }
  if (node?.tag !== undefined) {
    errors.push(
      refusal(startOf(node), `the tag ${node.tag}: CloudFormation reads tags as functions of its own`),
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
        errors.push(refusal(startOf(node), 'a pair in a list without braces; write { key: value }'));
      else collect(asNode(item), work);
    }
  }
}

function pairOf(map: YAMLMap, pair: Pair, work: Work): void {
  const { errors, refusal } = work;
  const { key } = pair;
  const value = asNode(pair.value);
  if (!isScalar(key)) {
    errors.push(refusal(startOf(asNode(key)), 'a key that is no text'));
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
    // An empty value has no bytes: its key tells where it is.
    if (isScalar(value) && isEmpty(value)) errors.push(empty(key, String(key.value), work));
    else collect(value, work);
  }
}

function empty(at: Scalar, name: string, { refusal }: Work): BakeError {
  return refusal(
    startOf(at),
    `${name} has no value: CloudFormation refuses a template with null; remove it or fill it in`,
  );
}

function scalar(node: Scalar, work: Work): void {
  if (node.type !== 'PLAIN') return;
  if (isEmpty(node)) {
    work.errors.push(
      work.refusal(startOf(node), 'an empty value: CloudFormation refuses a template with null'),
    );
  } else plain(node, work);
}

function plain(node: Scalar, { text, changes }: Work): void {
  const [start = 0, end = 0] = node.range ?? [];
  const source = text.slice(start, end);
  const meaning = plainMeaning(source);
  if (meaning !== null && meaning.as !== source) changes.push({ start, end, to: meaning.as });
}

/** `&name` stands before the node, maybe on the line above. */
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
  // Nothing but it between the key and the end of the line: no blank stays behind.
  if (/[\r\n]/.test(text[end] ?? ''))
    while (/[ \t]/.test(text[start - 1] ?? '') && /[:\-?]/.test(text[start - 2] ?? '')) start -= 1;
  changes.push({ start, end, to: '' });
}

/** `<<: *defaults` → the pairs it stands for, those of the map itself left out (yaml.org/type/merge). */
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

/** Without document markers and directives; LF; spaces for tabs before the lines of JSON. */
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
