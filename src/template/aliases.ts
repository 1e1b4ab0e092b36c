/**
 * Expands the aliases and merge keys of a config: to pairs, to text on one line, or to plain data.
 * Source: yaml.org/type/merge.
 */
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { BakeError } from '../errors/bake-error.ts';
import { asNode, startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { plainMeaning } from './yaml11.ts';

/** A parsed config, and a function that makes the error for an offset. */
export interface ParsedConfig {
  text: string;
  read: YamlFile;
  refusal: (offset: number, reason: string) => BakeError;
}

/** Whether a scalar means null. */
export function isEmpty(node: Scalar): boolean {
  return node.type === 'PLAIN' && plainMeaning(String(node.value)) === null;
}

/** The maps that a merge key names, in their order. */
export function mergedMaps(value: YamlNode, read: YamlFile): YAMLMap[] {
  const node = read.target(value);
  if (isMap(node)) return [node];
  return isSeq(node) ? node.items.map((item) => read.target(asNode(item))).filter((item) => isMap(item)) : [];
}

/** The pairs of a map and those that it merges, its own first. */
export function pairsWithMerged(map: YAMLMap, read: YamlFile, depth = 0): Pair[] {
  const isMerge = ({ key }: Pair): boolean => isScalar(key) && key.value === '<<';
  const pairs = new Map<string, Pair>();
  const all = [
    ...map.items.filter((pair) => !isMerge(pair)),
    ...(depth > 20 ? [] : map.items.filter(isMerge)).flatMap(({ value }) =>
      mergedMaps(asNode(value), read).flatMap((one) => pairsWithMerged(one, read, depth + 1)),
    ),
  ];
  for (const pair of all) {
    if (!isScalar(pair.key)) continue;
    const name = String(pair.key.value);
    if (!pairs.has(name)) pairs.set(name, pair);
  }
  return [...pairs.values()];
}

/** A node as text on one line, with aliases expanded. @throws BakeError TEMPLATE_CONFIG */
export function flowText(node: YamlNode, source: ParsedConfig, depth = 0): string {
  const { read, refusal } = source;
  const target = read.target(node);
  if (depth > 100) throw refusal(startOf(node), 'an alias that contains itself');
  if (isMap(target)) {
    const pairs = pairsWithMerged(target, read).map(
      ({ key, value }) =>
        `${flowScalar(key as Scalar, source)}: ${flowText(asNode(value), source, depth + 1)}`,
    );
    return `{${pairs.join(', ')}}`;
  }
  if (isSeq(target)) {
    return `[${target.items.map((item) => flowText(asNode(item), source, depth + 1)).join(', ')}]`;
  }
  if (!isScalar(target) || isEmpty(target)) throw refusal(startOf(node), 'an alias of an empty value');
  return flowScalar(target, source);
}

/** A scalar in a form that is valid in a flow collection. */
export function flowScalar(node: Scalar, { text }: ParsedConfig): string {
  const value = String(node.value);
  if (node.type !== 'PLAIN') return JSON.stringify(value);
  const [start = 0, end = 0] = node.range ?? [];
  const meaning = plainMeaning(text.slice(start, end));
  // In a flow collection, commas and braces would end the scalar.
  return meaning === null || /[^\w./+'-]/.test(meaning.as) ? JSON.stringify(value) : meaning.as;
}

/** The plain data with aliases and merge keys expanded, and scalars as both ParallelCluster and CloudFormation read them. */
export function resolved(node: YamlNode, read: YamlFile, depth = 0): unknown {
  const target = read.target(node);
  if (depth > 200) return null;
  if (isMap(target)) {
    return pairsWithMerged(target, read)
      .map(({ key, value }) => [meaningOf(key as Scalar), resolved(asNode(value), read, depth + 1)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
  if (isSeq(target)) return target.items.map((item) => resolved(asNode(item), read, depth + 1));
  return isScalar(target) ? meaningOf(target) : null;
}

function meaningOf(node: Scalar): string {
  const value = String(node.value);
  if (node.type !== 'PLAIN') return value;
  const meaning = plainMeaning(value);
  return meaning === null ? '' : meaning.as.replace(/^'(.*)'$/s, '$1').replaceAll("''", "'");
}
