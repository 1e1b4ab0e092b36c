/** Owns the image family: which OS, architecture and ParallelCluster release an AMI id stands for. Pure. */
import { operatingSystems } from './index.ts';

/** What kind of image an AMI id is. */
export interface Family {
  os: string;
  arch: string;
  parallelcluster: string;
  /** The Region the image is in, where that is known. */
  region?: string | undefined;
  /** An official ParallelCluster image, not one of ours. */
  official?: boolean | undefined;
}

const ids = operatingSystems.map((os) => os.id);
const RELEASE = '[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}';

/** What is expected where somebody writes a family. */
export const FAMILY_EXPECTED = 'OS/ARCH/VERSION such as alinux2/x86_64/3.15.1';
export const familyPattern = new RegExp(`^(${ids.join('|')})/(x86_64|arm64)/(${RELEASE})$`);

/** `alinux2/x86_64/3.15.1` → the family, or undefined. */
export function readFamily(text: string): Family | undefined {
  return matched(familyPattern.exec(text));
}

/** `rotate.families` of bakery.yaml, as its schema has checked it. */
export function familiesOf(written: Readonly<Record<string, string>>): Map<string, Family> {
  const read = Object.entries(written).map(([id, text]) => [id, readFamily(text)] as const);
  return new Map(read.flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
}

export function familyText({ os, arch, parallelcluster }: Family): string {
  return `${os}/${arch}/${parallelcluster}`;
}

/** `<prefix>-<os>-<arch>-<parallelcluster>-<12 hex>`: render/names.ts. Image Builder's date may stand behind it. */
const baked = new RegExp(
  `[A-Za-z0-9]-(${ids.join('|')})-(x86_64|arm64)-(${RELEASE})-[0-9a-f]{12}(?![0-9A-Za-z-])`,
);

const parts = new Map(operatingSystems.map((os) => [os.namePart, os.id]));
/** aws-parallelcluster:cli/src/pcluster/aws/ec2.py, get_official_image_id. */
const official = new RegExp(
  `aws-parallelcluster-(${RELEASE})-(${[...parts.keys()].join('|')})-(x86_64|arm64)(?![0-9A-Za-z])`,
);

/** The family that an AMI's name tells: one of ours, or an official one. The name may stand in a longer text. */
export function familyInName(text: string): Family | undefined {
  const ours = matched(baked.exec(text));
  if (ours) return ours;
  const [found, parallelcluster = '', part = '', arch = ''] = official.exec(text) ?? [];
  if (found === undefined) return undefined;
  return { os: parts.get(part) ?? '', arch, parallelcluster, official: true };
}

function matched(match: RegExpExecArray | null): Family | undefined {
  const [found, os = '', arch = '', parallelcluster = ''] = match ?? [];
  return found === undefined ? undefined : { os, arch, parallelcluster };
}
