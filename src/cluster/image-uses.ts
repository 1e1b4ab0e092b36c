/**
 * Finds the four places with an AMI id in a parsed ParallelCluster 3 config, and follows aliases and merge keys like the
 * YAML loader of ParallelCluster.
 * Source: aws-parallelcluster:cli/src/pcluster/schemas/cluster_schema.py (Image, HeadNode.Image,
 * Scheduling.SlurmQueues[].Image, LoginNodes.Pools[].Image).
 */
import { isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { ReferenceScope } from '../entries/result.ts';
import { asNode, pairOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { ClusterFacts } from './facts.ts';

/** One place where a config uses an AMI. */
export interface Use extends Hardware {
  path: string;
  scope: ReferenceScope;
  /** The value as written, which may be an alias. */
  value: YamlNode;
  /** The key `CustomAmi`, which gives the place of an empty value. */
  key: Scalar;
  /** Facts from the place itself, which override those of the document; a key of a mapping, for example, names a Region. */
  region?: string | undefined;
  os?: string | undefined;
  parallelcluster?: string | undefined;
  /** Why this is not a reference, so that it is only listed under `unresolved`; undefined: it depends on the value. */
  reason?: string | undefined;
  /** Whether it is a record of an image, which literal mode leaves unchanged too. */
  record?: boolean | undefined;
  /** The only ids that are valid here, if the file lists them. */
  choices?: readonly string[] | undefined;
  /** At the root: the queues that inherit its image, because they have none of their own. */
  heirs?: readonly InheritingQueue[] | undefined;
}

/** A queue without an image of its own. */
export interface InheritingQueue extends Hardware {
  /** The path from the root of the config: `Scheduling.SlurmQueues[0]` */
  path: string;
  /** The queue as written in the list, which may be an alias. */
  node: YamlNode;
}

/** The hardware that restricts which images are possible at a place. */
export interface Hardware {
  rootVolumeGiB?: number | undefined;
  instanceTypes?: readonly string[] | undefined;
}

interface Kind {
  scope: ReferenceScope;
  steps: readonly string[];
  /** The path of `LocalStorage.RootVolume.Size` of its instances. */
  size: readonly string[];
  types: readonly (readonly string[])[];
}

const kinds: readonly Kind[] = [
  { scope: 'root', steps: [], size: [], types: [] },
  {
    scope: 'head',
    steps: ['HeadNode'],
    size: ['LocalStorage', 'RootVolume', 'Size'],
    types: [['InstanceType']],
  },
  { scope: 'login', steps: ['LoginNodes', 'Pools', '[]'], size: [], types: [['InstanceType']] },
  {
    scope: 'queue',
    steps: ['Scheduling', 'SlurmQueues', '[]'],
    size: ['ComputeSettings', 'LocalStorage', 'RootVolume', 'Size'],
    types: [
      ['ComputeResources', '[]', 'InstanceType'],
      ['ComputeResources', '[]', 'Instances', '[]', 'InstanceType'],
    ],
  },
];

/** Every use in one document, the root first, because uses that share an id with the root or the head node depend on it. */
export function usesOf(root: YamlNode, file: YamlFile): Use[] {
  const spots = kinds.flatMap((kind) =>
    follow(root, kind.steps, file).map(({ node, path }) => {
      const own = lookUp(lookUp(node, 'Image', file)?.value, 'CustomAmi', file);
      return { kind, node, path: path.join('.'), own };
    }),
  );
  return spots.flatMap(({ kind, node, path, own }) => {
    if (!own) return [];
    const { scope } = kind;
    const use = { path: path === '' ? IMAGE : `${path}.${IMAGE}`, scope, value: own.value, key: own.key };
    if (scope !== 'root') return [{ ...use, ...hardware(node, kind, file) }];
    const takers = spots.filter((spot) => !spot.own);
    const bound = takers.map((spot) => ({ ...spot, needs: hardware(spot.node, spot.kind, file) }));
    const heirs = bound.flatMap((spot) =>
      spot.kind.scope === 'queue' ? [{ path: spot.path, node: spot.node, ...spot.needs }] : [],
    );
    return [{ ...use, ...together(bound.map(({ needs }) => needs)), heirs }];
  });
}

/** The path of an image below the root of a config, a queue and all other places. */
export const IMAGE = 'Image.CustomAmi';

function hardware(node: YamlNode, { size, types }: Kind, file: YamlFile): Hardware {
  const gib = size.length === 0 ? undefined : textsAt(node, size, file)[0];
  const names = types.flatMap((steps) => textsAt(node, steps, file));
  const known = names.filter((name, index) => INSTANCE_TYPE.test(name) && names.indexOf(name) === index);
  return {
    ...(gib === undefined || !/^[0-9]{1,6}$/.test(gib) ? {} : { rootVolumeGiB: Number(gib) }),
    ...(known.length === 0 ? {} : { instanceTypes: known }),
  };
}

/** The plain values at the end of the steps. */
function textsAt(
  node: YamlNode,
  steps: readonly string[],
  file: YamlFile,
  depth = 0,
  texts: string[] = [],
): string[] {
  const step = steps[depth];
  if (step === '[]') {
    const list = file.target(node);
    if (isSeq(list)) for (const item of list.items) textsAt(asNode(item), steps, file, depth + 1, texts);
  } else if (step === undefined) {
    const text = plain(node, file);
    if (text !== undefined) texts.push(text);
  } else {
    const found = lookUp(node, step, file);
    if (found) textsAt(found.value, steps, file, depth + 1, texts);
  }
  return texts;
}

const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

/** The restrictions of one image for several places: the smallest root volume, and all instance types. */
function together(all: readonly Hardware[]): Hardware {
  const sizes = all.flatMap(({ rootVolumeGiB }) => rootVolumeGiB ?? []);
  const types = [...new Set(all.flatMap(({ instanceTypes }) => instanceTypes ?? []))];
  return {
    ...(sizes.length === 0 ? {} : { rootVolumeGiB: Math.min(...sizes) }),
    ...(types.length === 0 ? {} : { instanceTypes: types }),
  };
}

/** The Region, the OS and the update strategy, if they are plain values. */
export function clusterFacts(root: YamlNode, file: YamlFile): ClusterFacts {
  const region = plain(lookUp(root, 'Region', file)?.value, file);
  const os = plain(lookUp(lookUp(root, 'Image', file)?.value, 'Os', file)?.value, file);
  const [strategy] = textsAt(root, STRATEGY, file);
  return {
    ...(region !== undefined && /^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$/.test(region) ? { region } : {}),
    ...(os !== undefined && /^[a-z]+[0-9]+$/.test(os) ? { os } : {}),
    ...(strategy !== undefined && /^[A-Z_]+$/.test(strategy) ? { updateStrategy: strategy } : {}),
  };
}

const STRATEGY = ['Scheduling', 'SlurmSettings', 'QueueUpdateStrategy'];

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

/** The pair of a key in the map, or else in the maps that it merges with `<<`, in their order. */
function lookUp(node: YamlNode, name: string, file: YamlFile, seen?: Set<YamlNode>): Found | undefined {
  const map = file.target(node);
  if (!isMap(map) || seen?.has(map)) return undefined;
  const own = pairOf(map, name);
  if (isScalar(own?.key)) return { key: own.key, value: asNode(own.value) };
  const merge = pairOf(map, '<<');
  if (!merge) return undefined;
  const tried = (seen ?? new Set<YamlNode>()).add(map);
  for (const merged of mergedMaps(asNode(merge.value), file)) {
    const found = lookUp(merged, name, file, tried);
    if (found) return found;
  }
  return undefined;
}

function mergedMaps(value: YamlNode, file: YamlFile): YamlNode[] {
  const node = file.target(value);
  return isSeq(node) ? node.items.map(asNode) : [node];
}
