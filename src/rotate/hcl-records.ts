/**
 * Decides which ids in Terraform and Packer are records, or belong to resources that launch nothing.
 * Sources: documentation of Terraform (import, moved, check and validation blocks) and of its AWS provider.
 */
import type { Keys } from '../cluster/place-names.ts';
import { type Kept, recordOf } from './records.ts';

/** Blocks about resources that exist, and about what must be true. */
const BLOCKS = new Set(['import', 'moved', 'removed', 'check', 'output', 'terraform']);
/** Resources that name an image and launch nothing from it. */
const OTHERS =
  /^aws_(?:ami(?:_copy|_launch_permission)?|ec2_tag|ssm_parameter|iam_\w+|organizations_policy|config_\w+|snapshot_\w+|dynamodb_table_item|s3_object|s3_bucket_object|secretsmanager_secret_version|inspector\w*)$/;

/** Why the id stays; undefined if nothing says that it is a record. */
export function hclRecord(keys: Keys): Kept | undefined {
  const [block = '', type = ''] = keys;
  if (BLOCKS.has(block)) return kept(`a block ${block} launches no instance`);
  if (block === 'variable' && keys[2] === 'validation') return kept('a validation launches no instance');
  if ((block === 'resource' || block === 'data') && OTHERS.test(type))
    return kept(`${type} launches no instance`);
  // Names of blocks are free, and say nothing about what their attributes do.
  const named = block === 'resource' || block === 'data' || block === 'source' ? keys.slice(3) : keys;
  return recordOf(named);
}

function kept(reason: string): Kept {
  return { reason, record: true };
}
