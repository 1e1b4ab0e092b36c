/** Owns the cluster config inside a template as ParallelCluster's function gets it. Pure. */
import { isMap, isScalar, isSeq } from 'yaml';
import { asNode, pairsOf, readYaml, type YamlNode } from '../util/yaml.ts';

/** Stands where CloudFormation puts the channel's image. */
export const PLACEHOLDER = 'ami-00000000000000000';

/**
 * Every scalar is a text: CloudFormation hands numbers and truths to a custom resource that way (CloudFormation user
 * guide, "Custom resource request objects"), and pcluster's schema reads them back.
 * @param template latin1 text of clusterTemplate()
 */
export function innerConfig(template: string): unknown {
  const read = readYaml(template);
  const keys = ['Resources', 'PclusterCluster', 'Properties', 'ClusterConfiguration'];
  let node: YamlNode = asNode(read.documents[0]?.contents);
  for (const key of keys) node = isMap(node) ? asNode(pairsOf(node).get(key)?.value) : undefined;
  return plain(node);
}

function plain(node: YamlNode): unknown {
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [
        isScalar(key) ? textOf(String(key.value)) : '',
        plain(asNode(value)),
      ]),
    );
  }
  if (isSeq(node)) return node.items.map((item) => plain(asNode(item)));
  if (!isScalar(node)) return null;
  return node.tag === '!Ref' ? PLACEHOLDER : textOf(String(node.value));
}

/** The text is latin1 of UTF-8. */
function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
