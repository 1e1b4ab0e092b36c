/** Checks that a file is a cluster config of ParallelCluster 3, and names other kinds of files. Pure. */
import { BakeError } from '../errors/bake-error.ts';
import { buildImageUses } from '../cluster/build-image.ts';
import { cloudFormationUses } from '../rotate/cloudformation.ts';
import { formatOf } from '../rotate/formats/index.ts';
import { asNode, readYaml, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { convertConfig } from './carried.ts';
import { configValueAt } from './values.ts';

/** A config that a CloudFormation template can contain. */
export interface ConvertedConfig {
  /** Latin1 text from carriedConfig(). */
  config: string;
  root: YamlNode;
  read: YamlFile;
}

/**
 * Reads a cluster config in a form that a CloudFormation template can contain.
 * @param file its name in errors; its extension distinguishes formats
 * @throws BakeError, BakeErrors TEMPLATE_CONFIG if it is something else, or cannot be converted
 */
export function readConvertedConfig(file: string, bytes: Buffer): ConvertedConfig {
  const refusal = (reason: string): BakeError =>
    new BakeError(
      'TEMPLATE_CONFIG',
      { reason: `not a ParallelCluster 3 config: ${reason}` },
      { place: { file } },
    );
  const other = otherKind(file, bytes);
  if (other !== undefined) throw refusal(`${file} is ${other}`);
  const config = convertConfig(file, bytes);
  const read = readYaml(config);
  const root = asNode(read.documents[0]?.contents);
  const missing = ['Image', 'HeadNode', 'Scheduling'].filter((key) => !configValueAt(root, [key], read));
  if (missing.length > 0) throw refusal(`it has no ${missing.join(', ')}`);
  return { config, root, read };
}

const formatKinds: Readonly<Record<string, string>> = {
  hcl: 'HCL (Terraform, Packer)',
  ini: 'INI of ParallelCluster 2.x (pcluster3-config-converter converts it)',
  env: 'an env file',
  shell: 'a shell script',
};

function otherKind(file: string, bytes: Buffer): string | undefined {
  const kind = formatKinds[formatOf(file, bytes)?.id ?? ''];
  if (kind !== undefined) return kind;
  const read = readYaml(bytes.toString('latin1'));
  const root = asNode(read.documents[0]?.contents);
  if (cloudFormationUses(root, read)) return 'already a CloudFormation template';
  return buildImageUses(root, read) ? 'a config of pcluster build-image' : undefined;
}
