/** Owns whether a file is a cluster config of ParallelCluster 3 at all, and what it is instead. Pure. */
import { BakeError } from '../errors/bake-error.ts';
import { buildImageUses } from '../cluster/build-image.ts';
import { cloudFormationUses } from '../rotate/cloudformation.ts';
import { formatOf } from '../rotate/formats/index.ts';
import { asNode, readYaml, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { carriedConfig } from './carried.ts';
import { valueAt } from './values.ts';

/** A config that CloudFormation can carry. */
export interface ClusterConfig {
  /** Latin1 text, as carriedConfig() makes it. */
  config: string;
  root: YamlNode;
  read: YamlFile;
}

/**
 * Reads a cluster config as CloudFormation can carry it.
 * @param file its name in errors; its ending tells the formats apart
 * @throws BakeError, BakeErrors TEMPLATE_CONFIG: it is something else, or cannot be carried
 */
export function clusterConfig(file: string, bytes: Buffer): ClusterConfig {
  const refusal = (reason: string): BakeError =>
    new BakeError(
      'TEMPLATE_CONFIG',
      { reason: `no ParallelCluster 3 config: ${reason}` },
      { place: { file } },
    );
  const other = otherKind(file, bytes);
  if (other !== undefined) throw refusal(`${file} is ${other}`);
  const config = carriedConfig(file, bytes);
  const read = readYaml(config);
  const root = asNode(read.documents[0]?.contents);
  const missing = ['Image', 'HeadNode', 'Scheduling'].filter((key) => !valueAt(root, [key], read));
  if (missing.length > 0) throw refusal(`it has no ${missing.join(', ')}`);
  return { config, root, read };
}

const formatKinds: Readonly<Record<string, string>> = {
  hcl: 'HCL (Terraform, Packer)',
  ini: 'INI, as ParallelCluster 2.x had it (pcluster3-config-converter makes a config of 3 of it)',
  env: 'an env file',
  shell: 'a shell script',
};

function otherKind(file: string, bytes: Buffer): string | undefined {
  const kind = formatKinds[formatOf(file, bytes)?.id ?? ''];
  if (kind !== undefined) return kind;
  const read = readYaml(bytes.toString('latin1'));
  const root = asNode(read.documents[0]?.contents);
  if (cloudFormationUses(root, read)) return 'a CloudFormation template already';
  return buildImageUses(root, read) ? 'a config of pcluster build-image' : undefined;
}
