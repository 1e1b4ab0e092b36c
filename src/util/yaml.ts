/** Reads YAML: scalars stay strings, every check takes linear time, and aliases refer to nodes. */
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { outline } from './yaml-outline.ts';

export type YamlNode = Node | null | undefined;

/** A value of the library, whose type is unknown, as a node. */
export function asNode(value: unknown): YamlNode {
  return isNode(value) ? value : undefined;
}

export interface YamlProblem {
  /** The offset of the problem in the text. */
  offset: number;
  message: string;
}

export interface YamlDocument {
  contents: YamlNode;
  /** Offsets in the text: the start, the end of the value, and where the next document may begin. */
  range: readonly [number, number, number];
}

export interface YamlFile {
  documents: readonly YamlDocument[];
  /** Problems in the order of the text. */
  problems: YamlProblem[];
  /** The node that an alias refers to; undefined if there is no anchor of that name before it. */
  target(node: YamlNode): YamlNode;
}

/**
 * Parses YAML 1.2 text. With the schema "failsafe" every scalar stays the string that was written: with other schemas,
 * yaml 2.9.1 reads the account 012345678901 without its zero and the version 3.10 without its last digit. The outline
 * reader reads plain files into the same nodes; only the end of block collections differs.
 * Never throws: nesting that is too deep for the stack is also reported as a problem.
 */
export function readYaml(text: string): YamlFile {
  const plain = outline(text);
  if (plain) {
    const { root, targets } = plain;
    const range = [0, text.length, text.length] as const;
    const target = (node: YamlNode): YamlNode => (isAlias(node) ? targets.get(node) : node);
    return { documents: [{ contents: root, range }], problems: [], target };
  }
  try {
    return parsed(text);
  } catch (error) {
    // The library recurses, so it cannot read nesting that is deeper than the stack.
    const message = error instanceof RangeError ? TOO_DEEP : String(error);
    return { documents: [], problems: [{ offset: 0, message }], target: () => undefined };
  }
}

const TOO_DEEP = 'nested too deeply';

function parsed(text: string): YamlFile {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    // The check of the library takes quadratic time in the keys of a map; survey() finds duplicates in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const targets = new Map<Node, YamlNode>();
  const troubles: YamlProblem[] = [];
  for (const document of documents) {
    // Only the first error, because the later ones mostly follow from it.
    const [error] = document.errors;
    if (error) {
      const message = /call stack/.test(error.message) ? TOO_DEEP : (error.message.split('\n')[0] ?? '');
      troubles.push({ offset: error.pos[0], message });
    }
    survey(document.contents, { anchors: new Map(), targets, troubles });
  }
  return {
    documents,
    problems: troubles.sort((a, b) => a.offset - b.offset),
    target: (node) => (isAlias(node) ? targets.get(node) : node),
  };
}

interface Survey {
  anchors: Map<string, Node>;
  targets: Map<Node, YamlNode>;
  troubles: YamlProblem[];
}

/** Visits nodes in the order of the text, because an alias refers to the nearest anchor of its name before it. */
function survey(node: unknown, found: Survey): void {
  if (isPair(node)) {
    survey(node.key, found);
    survey(node.value, found);
  } else if (isAlias(node)) {
    const target = found.anchors.get(node.source);
    if (target === undefined) {
      found.troubles.push({
        offset: startOf(node),
        message: `there is no &${node.source} before *${node.source}`,
      });
    } else found.targets.set(node, target);
  } else if (isScalar(node) || isCollection(node)) {
    if (node.anchor !== undefined) found.anchors.set(node.anchor, node);
    if (isMap(node)) duplicates(node.items, found.troubles);
    if (isCollection(node)) for (const item of node.items) survey(item, found);
  }
}

function duplicates(items: readonly { key: unknown }[], troubles: YamlProblem[]): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    // Several merge keys in one map are common and not an error.
    if (seen.has(name) && name !== '<<') {
      troubles.push({ offset: startOf(key), message: `duplicate key ${name}` });
    }
    seen.add(name);
  }
}

/** The offset of a node without its tag and anchor. */
export function startOf(node: YamlNode): number {
  return node?.range?.[0] ?? 0;
}

const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

/** The pairs of a map by key. The index of a large map is cached, because a map may have 100,000 keys and as many look-ups. */
export function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = map.items.length > FEW ? indexes.get(map) : undefined;
  if (known) return known;
  const index = new Map<string, Pair>();
  for (const pair of map.items) if (isScalar(pair.key)) index.set(String(pair.key.value), pair);
  if (map.items.length > FEW) indexes.set(map, index);
  return index;
}

/** One pair of a map; searching a small map is faster than indexing it. */
export function pairOf(map: YAMLMap, name: string): Pair | undefined {
  if (map.items.length > FEW) return pairsOf(map).get(name);
  let found: Pair | undefined;
  for (const pair of map.items) if (isScalar(pair.key) && String(pair.key.value) === name) found = pair;
  return found;
}

/** Small maps are not cached, because weak maps are expensive for the garbage collector if there are many small files. */
const FEW = 16;
