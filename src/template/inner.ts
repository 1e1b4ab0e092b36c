/** Reads the cluster config inside a template as the function of ParallelCluster receives it. Pure. */
import { isMap, isScalar, isSeq } from 'yaml';
import { asNode, pairsOf, readYaml, type YamlNode } from '../util/yaml.ts';

/** The id in the place of a parameter that CloudFormation replaces by the image of the channel. */
export const PLACEHOLDER = 'ami-00000000000000000';

/**
 * Every scalar is a text, because CloudFormation passes numbers and truth values to a custom resource as texts
 * (CloudFormation user guide, "Custom resource request objects"), and the schema of pcluster converts them back.
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

/** Decodes latin1 text that contains UTF-8 bytes. */
function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
