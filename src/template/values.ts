/** Owns looking up plain values in a config that was read. */
import { isMap, isScalar } from 'yaml';
import { clusterFacts, usesOf } from '../cluster/image-uses.ts';
import { asNode, pairsOf, readYaml, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { ConfigSays } from './choose.ts';

/** A value by keys, aliases followed. */
export function valueAt(root: YamlNode, keys: readonly string[], read: YamlFile): YamlNode {
  let node = read.target(root);
  for (const key of keys) {
    if (!isMap(node)) return undefined;
    node = read.target(asNode(pairsOf(node).get(key)?.value));
  }
  return node;
}

/** The same, where it is a scalar. */
export function textAt(root: YamlNode, keys: readonly string[], read: YamlFile): string | undefined {
  const node = valueAt(root, keys, read);
  return isScalar(node) ? String(node.value) : undefined;
}

/** What the config says of itself: Region, OS, and the instance types that its images are for. */
export function configFacts(bytes: Buffer): ConfigSays {
  const read = readYaml(bytes.toString('latin1'));
  const root = asNode(read.documents[0]?.contents);
  const { region, os } = clusterFacts(root, read);
  const instanceTypes = usesOf(root, read).flatMap((use) => use.instanceTypes ?? []);
  return { region, os, instanceTypes: [...new Set(instanceTypes)] };
}
