/** Handles DescribeRegions: the Regions of the caller's partition that ParallelCluster supports. */
import { supportedRegions } from '../../os/releases.ts';
import type { Call } from '../call.ts';
import { partitionOf } from '../../os/releases.ts';
import { AwsError } from '../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from './filters.ts';

/** Regions that need an opt-in (AWS General Reference); the sandbox's accounts have opted in. */
const OPT_IN = new Set([
  'af-south-1', 'ap-east-1', 'ap-southeast-3', 'ap-southeast-5', 'ap-southeast-7', 'eu-south-1', 'il-central-1', 'me-south-1',
]); // prettier-ignore

const DNS: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

const fields: Fields<string> = {
  'region-name': (name) => [name],
  endpoint: (name) => [endpointOf(name)],
  'opt-in-status': (name) => [optIn(name)],
};

export function describeRegions(input: { RegionNames?: string[]; Filters?: Filter[] }, call: Call): object {
  const all = Object.keys(supportedRegions).filter((name) => partitionOf(name) === call.partition);
  const wanted = input.RegionNames ?? [];
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new AwsError('InvalidParameterValue', `Invalid region(s): [${unknown}]`);
  const named = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
  const found = applyFilters(named, input.Filters, fields, () => ({}));
  return {
    Regions: found.map((name) => ({
      RegionName: name,
      Endpoint: endpointOf(name),
      OptInStatus: optIn(name),
    })),
  };
}

function endpointOf(region: string): string {
  return `ec2.${region}.${DNS[partitionOf(region)] ?? 'amazonaws.com'}`;
}

function optIn(region: string): string {
  return OPT_IN.has(region) ? 'opted-in' : 'opt-in-not-required';
}
