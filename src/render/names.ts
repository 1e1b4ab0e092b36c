/** Makes the names of an image: the AMI name, and the image id that ParallelCluster lists. */
import { BakeError } from '../errors/bake-error.ts';

/**
 * EC2's CreateImage accepts 128 characters, Image Builder 127 including the build date of 29 that it requires (Image
 * Builder API reference, AmiDistributionConfiguration).
 */
const LONGEST_AMI_NAME = 127 - 29;
const AMI_NAME = /^[-_A-Za-z0-9][-_A-Za-z0-9 .]*[-_A-Za-z0-9]$/;
/** Source: aws/aws-parallelcluster:cli/src/pcluster/constants.py at v3.9.3, PCLUSTER_IMAGE_ID_REGEX. */
const IMAGE_ID = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

export interface ImageNameParts {
  prefix: string;
  os: string;
  arch: string;
  parallelcluster: string;
  /** `sha256:` and 64 hex digits. */
  fingerprint: string;
}

/**
 * `<prefix>-<os>-<arch>-<parallelcluster>-<12 hex of the fingerprint>`
 * @throws BakeError CONFIG_VALUE if it is too long, or has characters that an engine refuses
 */
export function imageName({ prefix, os, arch, parallelcluster, fingerprint }: ImageNameParts): string {
  const print = fingerprint.replace(/^sha256:/, '').slice(0, 12);
  const name = [prefix, os, arch, parallelcluster, print].join('-');
  if (name.length > LONGEST_AMI_NAME || !AMI_NAME.test(name) || !IMAGE_ID.test(imageId(name))) {
    throw new BakeError('CONFIG_VALUE', {
      path: 'image.prefix',
      expected: `a prefix that makes AMI names of at most ${LONGEST_AMI_NAME} letters, digits, "-", "_" and ".", starting with a letter`,
      found: `${name} (${name.length} characters)`,
    });
  }
  return name;
}

/** The id that `pcluster list-images` shows. */
export function imageId(name: string): string {
  return name.replace(/[^A-Za-z0-9-]/g, '-');
}
