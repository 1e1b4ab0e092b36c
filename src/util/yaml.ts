/** Owns what is the same wherever YAML is read: strings stay strings, no check is quadratic, aliases point at nodes. */
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

/** What the library hands out as unknown. */
export function asNode(value: unknown): YamlNode {
  return isNode(value) ? value : undefined;
}

export interface Trouble {
  /** Offset in the text, where the trouble begins. */
  offset: number;
  message: string;
}

export interface YamlDocument {
  contents: YamlNode;
  /** Offsets in the text: where it begins, where its value ends, where the next one may begin. */
  range: readonly [number, number, number];
}

export interface YamlFile {
  documents: readonly YamlDocument[];
  /** In the order of the text. */
  troubles: Trouble[];
  /** The node that an alias stands for; undefined when no anchor of that name comes before it. */
  target(node: YamlNode): YamlNode;
}

/**
 * Parses YAML 1.2 text. Schema "failsafe": every scalar stays the string that was written, so the account
 * 012345678901 keeps its zero and the version 3.10 its last digit (measured in facts/rotation-pool.md 1.5).
 * Plain files are read by our own outline reader, into the same nodes; where a block collection ends is not the same.
 * Never throws: nesting beyond the stack's depth is a trouble, too.
 */
export function readYaml(text: string): YamlFile {
  const plain = outline(text);
  if (plain) {
    const { root, targets } = plain;
    const range = [0, text.length, text.length] as const;
    const target = (node: YamlNode): YamlNode => (isAlias(node) ? targets.get(node) : node);
    return { documents: [{ contents: root, range }], troubles: [], target };
  }
  try {
    return parsed(text);
  } catch (error) {
    // The library recurses: what is nested deeper than the stack cannot be read.
    const message = error instanceof RangeError ? TOO_DEEP : String(error);
    return { documents: [], troubles: [{ offset: 0, message }], target: () => undefined };
  }
}

const TOO_DEEP = 'nested too deeply';

function parsed(text: string): YamlFile {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    // The library's check is quadratic in the keys of a map; survey() finds duplicates in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const targets = new Map<Node, YamlNode>();
  const troubles: Trouble[] = [];
  for (const document of documents) {
    // The first one only: what follows it is mostly its echo.
    const [error] = document.errors;
    if (error) {
      const message = /call stack/.test(error.message) ? TOO_DEEP : (error.message.split('\n')[0] ?? '');
      troubles.push({ offset: error.pos[0], message });
    }
    survey(document.contents, { anchors: new Map(), targets, troubles });
  }
  return {
    documents,
    troubles: troubles.sort((a, b) => a.offset - b.offset),
    target: (node) => (isAlias(node) ? targets.get(node) : node),
  };
}

interface Survey {
  anchors: Map<string, Node>;
  targets: Map<Node, YamlNode>;
  troubles: Trouble[];
}

/** Follows the order of the text, because an alias stands for the nearest anchor of its name before it. */
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

function duplicates(items: readonly { key: unknown }[], troubles: Trouble[]): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    // Merging several maps one by one is common, and no contradiction.
    if (seen.has(name) && name !== '<<') {
      troubles.push({ offset: startOf(key), message: `the key ${name} stands here twice` });
    }
    seen.add(name);
  }
}

/** Where a node begins, without its tag and anchor. */
export function startOf(node: YamlNode): number {
  return node?.range?.[0] ?? 0;
}

const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

/** A map's pairs by key; an index of a large one is kept: maps may have 100,000 keys, and be asked for as many. */
export function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = map.items.length > FEW ? indexes.get(map) : undefined;
  if (known) return known;
  const index = new Map<string, Pair>();
  for (const pair of map.items) if (isScalar(pair.key)) index.set(String(pair.key.value), pair);
  if (map.items.length > FEW) indexes.set(map, index);
  return index;
}

/** One pair of it: a small map is quicker read than indexed. */
export function pairOf(map: YAMLMap, name: string): Pair | undefined {
  if (map.items.length > FEW) return pairsOf(map).get(name);
  let found: Pair | undefined;
  for (const pair of map.items) if (isScalar(pair.key) && String(pair.key.value) === name) found = pair;
  return found;
}

/** Weak maps cost the garbage collector dearly where files are many and small. */
const FEW = 16;
