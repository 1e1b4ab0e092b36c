/**
 * Derives the scope of an AMI id from the names of the keys around it, in files without a fixed structure: a cluster config
 * can be anywhere in the YAML of an application, in a Terraform object or in a CDK context.
 */
import type { ReferenceScope } from '../entries/result.ts';

/** The keys from the outermost to the innermost; an element of a list is `[0]`. */
export type Keys = readonly string[];

/** `Scheduling.SlurmQueues[0].Image.CustomAmi` */
export function pathOf(keys: Keys): string {
  return keys.reduce((path, key) => (path === '' || key.startsWith('[') ? path + key : `${path}.${key}`), '');
}

/** Keys whose value is always an AMI; a value without an AMI id there is reported. */
const scopes: Readonly<Record<string, ReferenceScope>> = {
  // Launch templates, instances, AWS Batch and PCS in CloudFormation.
  ImageId: 'launch-template',
  ImageIdOverride: 'launch-template',
  AmiId: 'launch-template',
  // The parent image: in pcluster build-image and Image Builder, and in Packer.
  ParentImage: 'parent',
  source_ami: 'parent',
};

/** The scope of a place whose name says that it contains an AMI; undefined: any other name. */
export function scopeByName(keys: Keys): ReferenceScope | undefined {
  const name = keys.at(-1) ?? '';
  return name === 'CustomAmi' ? customAmiScope(keys) : Object.hasOwn(scopes, name) ? scopes[name] : undefined;
}

/** The scope by the places of ParallelCluster, wherever the config is. */
function customAmiScope(keys: Keys): ReferenceScope {
  const [list = '', above = '', image = ''] = keys.slice(-4, -1);
  if (image !== 'Image') return 'other';
  if (above === 'HeadNode') return 'head';
  if (above.startsWith('[') && list === 'SlurmQueues') return 'queue';
  if (above.startsWith('[') && list === 'Pools') return 'login';
  // The safe choice, because the root is rotated only on request.
  return 'root';
}
