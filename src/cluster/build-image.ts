/**
 * Finds the parent image in a config of `pcluster build-image`.
 * Source: aws-parallelcluster:cli/src/pcluster/schemas/imagebuilder_schema.py (Build.ParentImage: an AMI id or an ARN).
 */
import { isMap, isScalar } from 'yaml';
import { asNode, pairsOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { Use } from './image-uses.ts';

/** The parent image; undefined: the document is not a build-image config. */
export function buildImageUses(root: YamlNode, file: YamlFile): Use[] | undefined {
  const build = file.target(isMap(root) ? asNode(pairsOf(root).get('Build')?.value) : undefined);
  if (!isMap(build)) return undefined;
  const pair = pairsOf(build).get('ParentImage');
  if (!isScalar(pair?.key)) return undefined;
  const value = asNode(pair.value);
  const node = file.target(value);
  const type = file.target(asNode(pairsOf(build).get('InstanceType')?.value));
  const use: Use = { path: 'Build.ParentImage', scope: 'parent', value, key: pair.key };
  if (isScalar(type)) use.instanceTypes = [String(type.value)];
  if (isScalar(node) && String(node.value).startsWith('arn:')) {
    use.reason = 'an ARN of an Image Builder image, which resolves to its newest version itself';
  }
  return [use];
}
