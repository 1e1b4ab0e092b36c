/**
 * Owns what a structured document is, and so where it uses AMIs: a cluster config, a CloudFormation template, a
 * build-image config, or any other file. YAML and JSON are both read into the `yaml` library's nodes first.
 */
import { isMap } from 'yaml';
import { pairsOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { buildImageUses } from '../cluster/build-image.ts';
import { cloudFormationUses } from './cloudformation.ts';
import { type Use, usesOf } from '../cluster/image-uses.ts';
import { genericUses, strayUses } from './generic.ts';

/**
 * Every use in one document, `other` ones (a CustomAmi where nothing reads it) included. Pure. collect.ts makes
 * references and `unresolved` entries of them, for every structured format.
 */
export function usesIn(root: YamlNode, file: YamlFile): Use[] {
  const own = usesOf(root, file);
  if (own.length > 0 || isCluster(root)) {
    return [...own, ...strayUses(root, new Set(own.map(({ key }) => key)))];
  }
  return cloudFormationUses(root, file) ?? buildImageUses(root, file) ?? genericUses(root);
}

/** In a cluster config an id at another place is nobody's image: a tag, a script's argument. */
function isCluster(root: YamlNode): boolean {
  if (!isMap(root)) return false;
  const pairs = pairsOf(root);
  return ['HeadNode', 'Scheduling', 'LoginNodes'].some((name) => pairs.has(name));
}
