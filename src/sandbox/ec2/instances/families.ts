/**
 * The instance types of the sandbox: whole families, as EC2 had them on 2026-12-01. A test compares the names with the
 * list in the AWS SDK (InstanceType of @aws-sdk/client-ec2); vCPUs and memory are those of the EC2 instance types guide.
 */
import type { Architecture } from '../../../os/os.ts';

export interface InstanceType {
  name: string;
  arch: Architecture;
  vcpus: number;
  memoryGiB: number;
  burstable: boolean;
  bareMetal: boolean;
}

interface Family {
  arch: Architecture;
  /** GiB for each vCPU. */
  memory: number;
  sizes: string;
  /** vCPUs and GiB of the sizes that do not follow from their names. */
  odd?: Readonly<Record<string, readonly [vcpus: number, memoryGiB: number]>>;
}

const LARGE = 'large xlarge 2xlarge 4xlarge';
const INTEL_5 = `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge metal`;
const INTEL_6 = `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge metal`;
const INTEL_7 = `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl`;
const AMD_6 = `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal`;
const AMD_7 = `medium ${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge metal-48xl`;
const ARM_6 = `medium ${LARGE} 8xlarge 12xlarge 16xlarge metal`;
const ARM_8 = `medium ${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge metal-24xl metal-48xl`;
const C5 = `${LARGE} 9xlarge 12xlarge 18xlarge 24xlarge metal`;
const GPU = 'xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge';

/** Sizes of the burstable families: 2 vCPUs up to large. */
const SMALL = 'nano micro small medium large xlarge 2xlarge';
const BURSTABLE = { nano: [2, 0.5], micro: [2, 1], small: [2, 2], medium: [2, 4] } as const;

const x86 = 'x86_64';
const arm = 'arm64';
const FAMILIES: Readonly<Record<string, Family>> = {
  t2: {
    arch: x86,
    memory: 4,
    sizes: SMALL,
    odd: { nano: [1, 0.5], micro: [1, 1], small: [1, 2], medium: [2, 4] },
  },
  t3: { arch: x86, memory: 4, sizes: SMALL, odd: BURSTABLE },
  t3a: { arch: x86, memory: 4, sizes: SMALL, odd: BURSTABLE },
  t4g: { arch: arm, memory: 4, sizes: SMALL, odd: BURSTABLE },
  m5: { arch: x86, memory: 4, sizes: INTEL_5, odd: { metal: [96, 384] } },
  m5a: { arch: x86, memory: 4, sizes: `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge` },
  m5n: { arch: x86, memory: 4, sizes: INTEL_5, odd: { metal: [96, 384] } },
  m6i: { arch: x86, memory: 4, sizes: INTEL_6, odd: { metal: [128, 512] } },
  m6a: { arch: x86, memory: 4, sizes: AMD_6, odd: { metal: [192, 768] } },
  m6g: { arch: arm, memory: 4, sizes: ARM_6, odd: { metal: [64, 256] } },
  m7i: { arch: x86, memory: 4, sizes: INTEL_7, odd: { 'metal-24xl': [96, 384], 'metal-48xl': [192, 768] } },
  m7a: { arch: x86, memory: 4, sizes: AMD_7, odd: { 'metal-48xl': [192, 768] } },
  m7g: { arch: arm, memory: 4, sizes: ARM_6, odd: { metal: [64, 256] } },
  m8g: { arch: arm, memory: 4, sizes: ARM_8, odd: { 'metal-24xl': [96, 384], 'metal-48xl': [192, 768] } },
  c5: { arch: x86, memory: 2, sizes: C5, odd: { metal: [96, 192] } },
  c5a: { arch: x86, memory: 2, sizes: `${LARGE} 8xlarge 12xlarge 16xlarge 24xlarge` },
  c5n: {
    arch: x86,
    memory: 2.625,
    sizes: `${LARGE} 9xlarge 18xlarge metal`,
    odd: { '9xlarge': [36, 96], '18xlarge': [72, 192], metal: [72, 192] },
  },
  c6i: { arch: x86, memory: 2, sizes: INTEL_6, odd: { metal: [128, 256] } },
  c6a: { arch: x86, memory: 2, sizes: AMD_6, odd: { metal: [192, 384] } },
  c6g: { arch: arm, memory: 2, sizes: ARM_6, odd: { metal: [64, 128] } },
  c6gn: { arch: arm, memory: 2, sizes: `medium ${LARGE} 8xlarge 12xlarge 16xlarge` },
  c7i: { arch: x86, memory: 2, sizes: INTEL_7, odd: { 'metal-24xl': [96, 192], 'metal-48xl': [192, 384] } },
  c7a: { arch: x86, memory: 2, sizes: AMD_7, odd: { 'metal-48xl': [192, 384] } },
  c7g: { arch: arm, memory: 2, sizes: ARM_6, odd: { metal: [64, 128] } },
  c7gn: { arch: arm, memory: 2, sizes: ARM_6, odd: { metal: [64, 128] } },
  c8g: { arch: arm, memory: 2, sizes: ARM_8, odd: { 'metal-24xl': [96, 192], 'metal-48xl': [192, 384] } },
  r5: { arch: x86, memory: 8, sizes: INTEL_5, odd: { metal: [96, 768] } },
  r6i: { arch: x86, memory: 8, sizes: INTEL_6, odd: { metal: [128, 1024] } },
  r6a: { arch: x86, memory: 8, sizes: AMD_6, odd: { metal: [192, 1536] } },
  r6g: { arch: arm, memory: 8, sizes: ARM_6, odd: { metal: [64, 512] } },
  r7i: { arch: x86, memory: 8, sizes: INTEL_7, odd: { 'metal-24xl': [96, 768], 'metal-48xl': [192, 1536] } },
  r7a: { arch: x86, memory: 8, sizes: AMD_7, odd: { 'metal-48xl': [192, 1536] } },
  r7g: { arch: arm, memory: 8, sizes: ARM_6, odd: { metal: [64, 512] } },
  r8g: { arch: arm, memory: 8, sizes: ARM_8, odd: { 'metal-24xl': [96, 768], 'metal-48xl': [192, 1536] } },
  g4dn: { arch: x86, memory: 4, sizes: `${GPU} metal`, odd: { metal: [96, 384] } },
  g5: { arch: x86, memory: 4, sizes: `${GPU} 24xlarge 48xlarge` },
  g5g: {
    arch: arm,
    memory: 2,
    sizes: 'xlarge 2xlarge 4xlarge 8xlarge 16xlarge metal',
    odd: { metal: [64, 128] },
  },
  g6: { arch: x86, memory: 4, sizes: `${GPU} 24xlarge 48xlarge` },
  g6e: { arch: x86, memory: 8, sizes: `${GPU} 24xlarge 48xlarge` },
  p4d: { arch: x86, memory: 12, sizes: '24xlarge' },
  p4de: { arch: x86, memory: 12, sizes: '24xlarge' },
  p5en: { arch: x86, memory: 32 / 3, sizes: '48xlarge' },
  hpc6a: { arch: x86, memory: 4, sizes: '48xlarge', odd: { '48xlarge': [96, 384] } },
  hpc6id: { arch: x86, memory: 16, sizes: '32xlarge', odd: { '32xlarge': [64, 1024] } },
  hpc7a: {
    arch: x86,
    memory: 4,
    sizes: '12xlarge 24xlarge 48xlarge 96xlarge',
    odd: { '12xlarge': [24, 768], '24xlarge': [48, 768], '48xlarge': [96, 768], '96xlarge': [192, 768] },
  },
  hpc7g: {
    arch: arm,
    memory: 2,
    sizes: '4xlarge 8xlarge 16xlarge',
    odd: { '4xlarge': [16, 128], '8xlarge': [32, 128], '16xlarge': [64, 128] },
  },
};

export const familyNames = Object.keys(FAMILIES);

export const instanceTypes: readonly InstanceType[] = Object.entries(FAMILIES).flatMap(([family, one]) =>
  one.sizes.split(' ').map((size) => typeOf(family, one, size)),
);

function typeOf(family: string, { arch, memory, odd }: Family, size: string): InstanceType {
  const [vcpus, memoryGiB] = odd?.[size] ?? [vcpusOf(size), vcpusOf(size) * memory];
  const kind = { burstable: family.startsWith('t'), bareMetal: size.startsWith('metal') };
  return { name: `${family}.${size}`, arch, vcpus, memoryGiB, ...kind };
}

/** An xlarge has 4 vCPUs, a large one half of it, and a medium one a quarter. */
function vcpusOf(size: string): number {
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  return 4 * Number(size.replace('xlarge', '') || 1);
}
