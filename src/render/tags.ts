/**
 * Makes the tags of every AMI: bake's own and ParallelCluster's. Without version, os, build_status and image_id,
 * ParallelCluster refuses the image or does not list it.
 */
import { BakeError } from '../errors/bake-error.ts';
import { imageId } from './names.ts';

export interface ImageTagInputs {
  os: string;
  parallelcluster: string;
  baseImageId: string;
  /** The AMI name without the engine's suffix. */
  name: string;
  fingerprint: string;
  run: string;
  recipe: string;
  /** The user's own tags, for every resource that the build creates. */
  builder?: { tags: Readonly<Record<string, string>> } | undefined;
}

/** Source: EC2 "Tag restrictions". */
const LONGEST_VALUE = 256;

/** @throws BakeError CONFIG_VALUE if a value is too long for a tag */
export function imageTags(inputs: ImageTagInputs): Record<string, string> {
  const tags: Record<string, string> = {
    ...inputs.builder?.tags,
    'parallelcluster:version': inputs.parallelcluster,
    'parallelcluster:os': inputs.os,
    'parallelcluster:build_status': 'available',
    'parallelcluster:image_id': imageId(inputs.name),
    'parallelcluster:parent_image': inputs.baseImageId,
    'bakery:fingerprint': inputs.fingerprint,
    'bakery:run': inputs.run,
    'bakery:recipe': inputs.recipe,
    // Publishing updates it. Empty: no channel has pointed to this image yet.
    'bakery:channel-history': '',
  };
  for (const [key, value] of Object.entries(tags)) {
    if (value.length <= LONGEST_VALUE) continue;
    const expected = `at most ${LONGEST_VALUE} characters`;
    throw new BakeError('CONFIG_VALUE', { path: `tag ${key}`, expected, found: `${value.length}` });
  }
  return tags;
}
