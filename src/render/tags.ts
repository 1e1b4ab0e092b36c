/** Makes the tags of every baked AMI: the four without which ParallelCluster refuses the image, and those of bake. */
import { BakeError } from '../errors/bake-error.ts';
import { imageId } from './names.ts';

export interface ImageTagInputs {
  os: string;
  parallelcluster: string;
  baseImageId: string;
  /** Of the AMI, without an engine's addition. */
  name: string;
  fingerprint: string;
  run: string;
  recipe: string;
  /** The user's own, for everything the build makes. */
  builder?: { tags: Readonly<Record<string, string>> } | undefined;
}

/** Source: EC2 "Tag restrictions". */
const LONGEST_VALUE = 256;

/** @throws BakeError CONFIG_VALUE where a value is longer than a tag takes */
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
    // Publishing writes into it; empty: no channel has pointed here yet.
    'bakery:channel-history': '',
  };
  for (const [key, value] of Object.entries(tags)) {
    if (value.length <= LONGEST_VALUE) continue;
    const expected = `at most ${LONGEST_VALUE} characters`;
    throw new BakeError('CONFIG_VALUE', { path: `tag ${key}`, expected, found: `${value.length}` });
  }
  return tags;
}
