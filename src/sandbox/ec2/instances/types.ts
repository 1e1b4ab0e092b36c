/** Handles DescribeInstanceTypes and DescribeInstanceTypeOfferings. */
import type { Call } from '../../call.ts';
import { pageOf } from '../../paging.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from '../filters.ts';
import { zoneName } from '../network/find.ts';
import { familyNames, instanceTypes as types, type InstanceType } from './families.ts';

/** @throws AwsError Unsupported for a type that the sandbox does not have */
export function findType(name: string): InstanceType {
  const type = types.find((one) => one.name === name);
  if (type) return type;
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${name}) is not supported in your requested Availability Zone: the sandbox has ${familyNames.join(', ')}.`,
  );
}

const fields: Fields<InstanceType> = {
  'bare-metal': (type) => [String(type.bareMetal)],
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
    BareMetal: type.bareMetal,
    Hypervisor: hypervisorOf(type),
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

/** Bare metal has none (EC2 API reference, InstanceTypeInfo). */
function hypervisorOf({ name, bareMetal }: InstanceType): string | undefined {
  if (bareMetal) return undefined;
  return name.startsWith('t2.') ? 'xen' : 'nitro';
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
