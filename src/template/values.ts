/** Looks up values in a parsed config. */
import { isMap, isScalar } from 'yaml';
import { clusterFacts, usesOf } from '../cluster/image-uses.ts';
import { asNode, pairsOf, readYaml, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { ConfigFacts } from './choose.ts';

/** The value at the keys, with aliases followed. */
export function configValueAt(root: YamlNode, keys: readonly string[], read: YamlFile): YamlNode {
  let node = read.target(root);
  for (const key of keys) {
    if (!isMap(node)) return undefined;
    node = read.target(asNode(pairsOf(node).get(key)?.value));
  }
  return node;
}

/** The same, if it is a scalar. */
export function configTextAt(root: YamlNode, keys: readonly string[], read: YamlFile): string | undefined {
  const node = configValueAt(root, keys, read);
  return isScalar(node) ? String(node.value) : undefined;
}

/** The facts in the config: Region, OS, and the instance types of its images. */
export function configFacts(bytes: Buffer): ConfigFacts {
  const read = readYaml(bytes.toString('latin1'));
  const root = asNode(read.documents[0]?.contents);
  const { region, os } = clusterFacts(root, read);
  const instanceTypes = usesOf(root, read).flatMap((use) => use.instanceTypes ?? []);
  return { region, os, instanceTypes: [...new Set(instanceTypes)] };
}
