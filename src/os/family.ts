/** The family of an image: its OS, architecture and ParallelCluster release, as text and inside AMI names. Pure. */
import { operatingSystems } from './index.ts';

/** The kind of an image. */
export interface ImageFamily {
  os: string;
  arch: string;
  parallelcluster: string;
  /** The Region of the image, if it is known. */
  region?: string | undefined;
  /** Whether it is an official ParallelCluster image rather than an image of bake. */
  official?: boolean | undefined;
}

const ids = operatingSystems.map((os) => os.id);
const RELEASE = '[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}';

/** The form of a family, for error messages. */
export const FAMILY_EXPECTED = 'OS/ARCH/VERSION such as alinux2/x86_64/3.15.1';
export const familyPattern = new RegExp(`^(${ids.join('|')})/(x86_64|arm64)/(${RELEASE})$`);

/** `alinux2/x86_64/3.15.1` → the family, or undefined. */
export function readFamily(text: string): ImageFamily | undefined {
  return matched(familyPattern.exec(text));
}

/** `rotate.families` of bakery.yaml after its schema has checked it. */
export function familiesOf(written: Readonly<Record<string, string>>): Map<string, ImageFamily> {
  const read = Object.entries(written).map(([id, text]) => [id, readFamily(text)] as const);
  return new Map(read.flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
}

export function familyText({ os, arch, parallelcluster }: ImageFamily): string {
  return `${os}/${arch}/${parallelcluster}`;
}

/** `<prefix>-<os>-<arch>-<parallelcluster>-<12 hex>` (render/names.ts). The date of Image Builder may follow. */
const baked = new RegExp(
  `[A-Za-z0-9]-(${ids.join('|')})-(x86_64|arm64)-(${RELEASE})-[0-9a-f]{12}(?![0-9A-Za-z-])`,
);

const parts = new Map(operatingSystems.map((os) => [os.namePart, os.id]));
/** aws-parallelcluster:cli/src/pcluster/aws/ec2.py, get_official_image_id. */
const official = new RegExp(
  `aws-parallelcluster-(${RELEASE})-(${[...parts.keys()].join('|')})-(x86_64|arm64)(?![0-9A-Za-z])`,
);

/** The family in the name of an AMI, which bake or ParallelCluster made. The name may be part of a longer text. */
export function familyInName(text: string): ImageFamily | undefined {
  const ours = matched(baked.exec(text));
  if (ours) return ours;
  const [found, parallelcluster = '', part = '', arch = ''] = official.exec(text) ?? [];
  if (found === undefined) return undefined;
  return { os: parts.get(part) ?? '', arch, parallelcluster, official: true };
}

function matched(match: RegExpExecArray | null): ImageFamily | undefined {
  const [found, os = '', arch = '', parallelcluster = ''] = match ?? [];
  return found === undefined ? undefined : { os, arch, parallelcluster };
}
