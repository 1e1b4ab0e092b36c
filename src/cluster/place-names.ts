/**
 * Owns what the names around an AMI id say of its scope, in files whose shape nobody fixes: a cluster config may stand
 * anywhere in an application's own YAML, in a Terraform object or a CDK context.
 */
import type { Scope } from '../entries/result.ts';

/** Keys from the outside in; a list's element is `[0]`. */
export type Keys = readonly string[];

/** `Scheduling.SlurmQueues[0].Image.CustomAmi` */
export function pathOf(keys: Keys): string {
  return keys.reduce((path, key) => (path === '' || key.startsWith('[') ? path + key : `${path}.${key}`), '');
}

/** Keys that hold an AMI and nothing else; what stands there without an id is worth an entry. */
const scopes: Readonly<Record<string, Scope>> = {
  // CloudFormation's launch templates, instances, AWS Batch and PCS; Terraform's below.
  ImageId: 'launch-template',
  ImageIdOverride: 'launch-template',
  AmiId: 'launch-template',
  // What an image is built from: ParallelCluster's build-image and Image Builder, and Packer.
  ParentImage: 'parent',
  source_ami: 'parent',
};

/** The scope of a place that holds an AMI by its name; undefined: any other name. */
export function scopeByName(keys: Keys): Scope | undefined {
  const name = keys.at(-1) ?? '';
  return name === 'CustomAmi' ? customAmiScope(keys) : Object.hasOwn(scopes, name) ? scopes[name] : undefined;
}

/** By ParallelCluster's own places, wherever the config around them stands. */
function customAmiScope(keys: Keys): Scope {
  const [list = '', above = '', image = ''] = keys.slice(-4, -1);
  if (image !== 'Image') return 'other';
  if (above === 'HeadNode') return 'head';
  if (above.startsWith('[') && list === 'SlurmQueues') return 'queue';
  if (above.startsWith('[') && list === 'Pools') return 'login';
  // The safe one: nothing moves there unless it is asked for.
  return 'root';
}
