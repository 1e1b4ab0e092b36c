/**
 * Decides what kind a structured document is, and so where it uses AMIs: a cluster config, a CloudFormation template, a
 * build-image config, or another file. YAML and JSON are both read into nodes of the `yaml` library first.
 */
import { isMap } from 'yaml';
import { pairsOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { buildImageUses } from '../cluster/build-image.ts';
import { cloudFormationUses } from './cloudformation.ts';
import { type Use, usesOf } from '../cluster/image-uses.ts';
import { genericUses, unreadUses } from './generic.ts';

/**
 * Every use in one document, including `other` uses (a CustomAmi that nothing reads). For every structured format,
 * collect.ts turns uses into references and `unresolved` entries. Pure.
 */
export function usesIn(root: YamlNode, file: YamlFile): Use[] {
  const own = usesOf(root, file);
  if (own.length > 0 || isCluster(root)) {
    return [...own, ...unreadUses(root, new Set(own.map(({ key }) => key)))];
  }
  return cloudFormationUses(root, file) ?? buildImageUses(root, file) ?? genericUses(root);
}

/** An id elsewhere in a cluster config (in a tag, in an argument of a script) is not used as an image. */
function isCluster(root: YamlNode): boolean {
  if (!isMap(root)) return false;
  const pairs = pairsOf(root);
  return ['HeadNode', 'Scheduling', 'LoginNodes'].some((name) => pairs.has(name));
}
