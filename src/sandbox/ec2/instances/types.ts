/** Handles DescribeInstanceTypes and DescribeInstanceTypeOfferings, for the families that bakeries use. */
import type { Architecture } from '../../../os/os.ts';
import type { Call } from '../../call.ts';
import { pageOf } from '../../paging.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from '../filters.ts';
import { zoneName } from '../network/find.ts';

interface InstanceFamily {
  arch: Architecture;
  /** GiB for each vCPU. */
  memory: number;
  sizes: readonly string[];
  gpu?: boolean;
}

interface InstanceType {
  name: string;
  arch: Architecture;
  vcpus: number;
  memoryGiB: number;
  burstable: boolean;
}

const STANDARD = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'];
const SMALL = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'];

/** EC2 user guide, "Instance types": vCPUs by size, memory by family. */
const FAMILIES: Readonly<Record<string, InstanceFamily>> = {
  t2: { arch: 'x86_64', memory: 2, sizes: SMALL },
  t3: { arch: 'x86_64', memory: 4, sizes: SMALL },
  t3a: { arch: 'x86_64', memory: 4, sizes: SMALL },
  t4g: { arch: 'arm64', memory: 4, sizes: SMALL },
  m5: { arch: 'x86_64', memory: 4, sizes: STANDARD },
  m6i: { arch: 'x86_64', memory: 4, sizes: STANDARD },
  m6g: { arch: 'arm64', memory: 4, sizes: ['medium', ...STANDARD] },
  m7i: { arch: 'x86_64', memory: 4, sizes: STANDARD },
  m7g: { arch: 'arm64', memory: 4, sizes: ['medium', ...STANDARD] },
  c5: { arch: 'x86_64', memory: 2, sizes: STANDARD },
  c5n: { arch: 'x86_64', memory: 2, sizes: ['large', 'xlarge', '2xlarge', '4xlarge'] },
  c6i: { arch: 'x86_64', memory: 2, sizes: STANDARD },
  c6g: { arch: 'arm64', memory: 2, sizes: ['medium', ...STANDARD] },
  c7i: { arch: 'x86_64', memory: 2, sizes: STANDARD },
  c7g: { arch: 'arm64', memory: 2, sizes: ['medium', ...STANDARD] },
  r5: { arch: 'x86_64', memory: 8, sizes: STANDARD },
  r6i: { arch: 'x86_64', memory: 8, sizes: STANDARD },
  r6g: { arch: 'arm64', memory: 8, sizes: ['medium', ...STANDARD] },
  g4dn: {
    arch: 'x86_64',
    memory: 4,
    sizes: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
  },
  g5: {
    arch: 'x86_64',
    memory: 4,
    sizes: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
  },
  g5g: { arch: 'arm64', memory: 2, sizes: ['xlarge', '2xlarge', '4xlarge', '8xlarge', '16xlarge'] },
  hpc6a: { arch: 'x86_64', memory: 4, sizes: ['48xlarge'] },
  hpc7g: { arch: 'arm64', memory: 2, sizes: ['4xlarge', '8xlarge', '16xlarge'] },
};

/** Memory in GiB of the small burstable sizes (EC2 user guide, "Burstable performance instances"). */
const SMALL_GIB: Readonly<Record<string, number>> = { nano: 0.5, micro: 1, small: 2, medium: 4 };

function vcpusOf(family: string, size: string): number {
  if (size === 'medium' && !family.startsWith('t')) return 1;
  const times = /^(\d*)xlarge$/.exec(size);
  if (times) return 4 * Number(times[1] === '' ? 1 : times[1]);
  return 2;
}

const types: readonly InstanceType[] = Object.entries(FAMILIES).flatMap(([family, { arch, memory, sizes }]) =>
  sizes.map((size): InstanceType => {
    const vcpus = vcpusOf(family, size);
    const burstable = family.startsWith('t');
    const memoryGiB = (burstable ? SMALL_GIB[size] : undefined) ?? vcpus * memory;
    return { name: `${family}.${size}`, arch, vcpus, memoryGiB, burstable };
  }),
);

/** @throws AwsError Unsupported for a type that the sandbox does not have */
export function findType(name: string): InstanceType {
  const type = types.find((one) => one.name === name);
  if (type) return type;
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${name}) is not supported in your requested Availability Zone: the sandbox has ${Object.keys(FAMILIES).join(', ')}.`,
  );
}

const fields: Fields<InstanceType> = {
  'bare-metal': () => ['false'],
  'burstable-performance-supported': (type) => [String(type.burstable)],
  'current-generation': (type) => [String(type.name !== 't2.nano')],
  'instance-type': (type) => [type.name],
  'processor-info.supported-architecture': (type) => [type.arch],
  'supported-root-device-type': () => ['ebs'],
  'supported-virtualization-type': () => ['hvm'],
  'vcpu-info.default-vcpus': (type) => [String(type.vcpus)],
};

interface Input {
  InstanceTypes?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

export function describeInstanceTypes(input: Input, call: Call): object {
  const named = input.InstanceTypes ?? [];
  const unknown = named.filter((name) => !types.some((type) => type.name === name));
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const requested = named.length === 0 ? types : types.filter(({ name }) => named.includes(name));
  const page = pageOf(applyFilters(requested, input.Filters, fields, () => ({})).sort(byName), nameOf, {
    token: input.NextToken,
    size: input.MaxResults ?? 100,
    bad: badToken,
  });
  return { InstanceTypes: page.items.map((type) => write(type, call)), NextToken: page.token };
}

function write(type: InstanceType, call: Call): object {
  return {
    InstanceType: type.name,
    CurrentGeneration: true,
    FreeTierEligible: type.name === 't3.micro',
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: type.name.startsWith('t2.') ? 'xen' : 'nitro',
    ProcessorInfo: { SupportedArchitectures: [type.arch] },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memoryGiB * 1024 },
    InstanceStorageSupported: false,
    EbsInfo: { EbsOptimizedSupport: 'default', EncryptionSupport: 'supported' },
    NetworkInfo: { EnaSupport: 'required' },
    BurstablePerformanceSupported: type.burstable,
    SupportedBootModes: type.arch === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi'],
    SupportedInRegion: call.region !== '',
  };
}

interface Offering {
  type: string;
  location: string;
}

const offeringFields: Fields<Offering> = {
  'instance-type': ({ type }) => [type],
  location: ({ location }) => [location],
};

export function describeInstanceTypeOfferings(
  input: Omit<Input, 'InstanceTypes'> & { LocationType?: string },
  call: Call,
): object {
  const kind = input.LocationType ?? 'region';
  const zones = ['a', 'b', 'c'].map((letter) => zoneName(call.region, letter));
  const locations =
    kind === 'region'
      ? [call.region]
      : zones.map((zone, i) => (kind === 'availability-zone-id' ? `${call.region}-az${i + 1}` : zone));
  const all = locations.flatMap((location) => types.map(({ name }) => ({ type: name, location })));
  const keyed = ({ type, location }: Offering): string => `${location} ${type}`;
  const passed = applyFilters(all, input.Filters, offeringFields, () => ({}));
  const page = pageOf(
    passed.sort((a, b) => (keyed(a) < keyed(b) ? -1 : 1)),
    keyed,
    { token: input.NextToken, size: input.MaxResults ?? 1000, bad: badToken },
  );
  return {
    InstanceTypeOfferings: page.items.map(({ type, location }) => ({
      InstanceType: type,
      LocationType: kind,
      Location: location,
    })),
    NextToken: page.token,
  };
}

function badToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The token is not valid.');
}

function nameOf({ name }: InstanceType): string {
  return name;
}

function byName(a: InstanceType, b: InstanceType): number {
  return a.name < b.name ? -1 : 1;
}
