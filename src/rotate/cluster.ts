/**
 * Owns where ParallelCluster 3 reads what: a walk through a parsed config by its own rules (aliases and merge keys
 * followed, as its YAML loader does), to the four places that hold an AMI id.
 * Source: aws-parallelcluster:cli/src/pcluster/schemas/cluster_schema.py (Image, HeadNode.Image,
 * Scheduling.SlurmQueues[].Image, LoginNodes.Pools[].Image), facts/parallelcluster.md.
 */
import { isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { Scope } from '../pipeline/result.ts';
import { asNode, pairsOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { ClusterFacts } from './format.ts';

/** One place where a config uses an AMI. */
export interface Use {
  path: string;
  scope: Scope;
  /** The value as it stands there: maybe an alias. */
  value: YamlNode;
  /** The key `CustomAmi`, for a value that is empty. */
  key: Scalar;
}

const places: readonly { scope: Scope; steps: readonly string[] }[] = [
  { scope: 'root', steps: [] },
  { scope: 'head', steps: ['HeadNode'] },
  { scope: 'login', steps: ['LoginNodes', 'Pools', '[]'] },
  { scope: 'queue', steps: ['Scheduling', 'SlurmQueues', '[]'] },
];

/** Every use in one document, root first: who shares an id with the root or the head node is bound by it. */
export function usesOf(root: YamlNode, file: YamlFile): Use[] {
  return places.flatMap(({ scope, steps }) =>
    follow(root, steps, file).flatMap(({ node, path }) => {
      const image = lookUp(node, 'Image', file)?.value;
      const pair = lookUp(image, 'CustomAmi', file);
      if (!pair) return [];
      return [{ path: [...path, 'Image', 'CustomAmi'].join('.'), scope, value: pair.value, key: pair.key }];
    }),
  );
}

/** Region and OS, where they are plain values. */
export function clusterFacts(root: YamlNode, file: YamlFile): ClusterFacts {
  const region = plain(lookUp(root, 'Region', file)?.value, file);
  const os = plain(lookUp(lookUp(root, 'Image', file)?.value, 'Os', file)?.value, file);
  return {
    ...(region !== undefined && /^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$/.test(region) ? { region } : {}),
    ...(os !== undefined && /^[a-z]+[0-9]+$/.test(os) ? { os } : {}),
  };
}

function plain(value: YamlNode, file: YamlFile): string | undefined {
  const node = file.target(value);
  return isScalar(node) && node.tag === undefined ? String(node.value).trim() : undefined;
}

interface Step {
  node: YamlNode;
  path: string[];
}

function follow(root: YamlNode, steps: readonly string[], file: YamlFile): Step[] {
  let level: Step[] = [{ node: root, path: [] }];
  for (const step of steps) {
    level = level.flatMap(({ node, path }) => {
      if (step !== '[]') return [{ node: lookUp(node, step, file)?.value, path: [...path, step] }];
      const list = file.target(node);
      if (!isSeq(list)) return [];
      const name = path.at(-1) ?? '';
      return list.items.map((item, index) => ({
        node: asNode(item),
        path: [...path.slice(0, -1), `${name}[${index}]`],
      }));
    });
  }
  return level;
}

interface Found {
  key: Scalar;
  value: YamlNode;
}

/** A key's pair: the map's own, else that of the maps it merges with `<<`, the first one first. */
function lookUp(node: YamlNode, name: string, file: YamlFile, seen = new Set<YamlNode>()): Found | undefined {
  const map = file.target(node);
  if (!isMap(map) || seen.has(map)) return undefined;
  seen.add(map);
  const pairs = pairsOf(map);
  const own = pairs.get(name);
  if (isScalar(own?.key)) return { key: own.key, value: asNode(own.value) };
  for (const merged of mergedMaps(asNode(pairs.get('<<')?.value), file)) {
    const found = lookUp(merged, name, file, seen);
    if (found) return found;
  }
  return undefined;
}

function mergedMaps(value: YamlNode, file: YamlFile): YamlNode[] {
  const node = file.target(value);
  return isSeq(node) ? node.items.map(asNode) : [node];
}
