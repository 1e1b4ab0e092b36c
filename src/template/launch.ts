/** Owns how a template is launched: where its bytes are for CloudFormation, and the links and commands that use them. */
import { partitionOf } from '../os/releases.ts';
import { quoteShell } from '../text/quote.ts';

/** DNS suffix of the partitions' endpoints (botocore partitions.json). */
const SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

/** Domains of the consoles (AWS General Reference and the guides of the partitions). */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.cn',
  'aws-us-gov': 'amazonaws-us-gov.com',
  'aws-iso': 'c2shome.ic.gov',
  'aws-iso-b': 'sc2shome.sgov.gov',
};

/** What its nested stack asks for: roles of given names, and a macro (the provider's template is a SAM one). */
export const capabilities = ['CAPABILITY_AUTO_EXPAND', 'CAPABILITY_NAMED_IAM'] as const;

/** A body longer than this must come from S3 (CloudFormation quotas: 51,200 bytes in a request, 1 MB in S3). */
export const LARGEST_BODY = 51_200;
export const LARGEST_OBJECT = 1024 * 1024;

/**
 * ParallelCluster's own provider of the custom resource, of one release, in one Region.
 * Source: ParallelCluster user guide, "Provider stack hosted by AWS ParallelCluster".
 */
export function providerUrl(parallelcluster: string, region: string): string {
  return `https://${region}-aws-parallelcluster.s3.${region}.${suffixOf(region)}/parallelcluster/${parallelcluster}/templates/custom_resource/cluster.yaml`;
}

/**
 * An object's https address as CloudFormation takes it: by the bucket's host name, or by path where dots in the
 * bucket's name would not fit the certificate (S3 user guide, "Virtual hosting of general purpose buckets").
 * @param region the bucket's
 */
export function objectUrl(bucket: string, region: string, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const host = `s3.${region}.${suffixOf(region)}`;
  return bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
}

export interface Launch {
  region: string;
  stackName: string;
  /** Template parameters by name. */
  parameters: readonly { name: string; default: string }[];
}

/**
 * Opens the console at "Quick create stack", filled in.
 * Source: CloudFormation user guide, "Create quick-create links".
 * @param url https address of the template in S3
 */
export function quickCreateLink({ region, stackName, parameters }: Launch, url: string): string {
  const domain = CONSOLES[partitionOf(region)];
  // The commercial partition has a console for each Region.
  const host = domain === undefined ? [region, 'console', 'aws.amazon.com'] : ['console', domain];
  const query = [
    ['templateURL', url],
    ['stackName', stackName],
    ...parameters.map((parameter) => [`param_${parameter.name}`, parameter.default]),
  ]
    .map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `https://${host.join('.')}/cloudformation/home?region=${encodeURIComponent(region)}#/stacks/create/review?${query}`;
}

/** The same by the AWS CLI: creates the stack, and updates it to the channel's newest image ever after. */
export function deployCommand({ region, stackName }: Launch, file: string, bucket?: string): string {
  return [
    'aws cloudformation deploy',
    `--region ${region}`,
    `--stack-name ${stackName}`,
    `--template-file ${quoteShell(file)}`,
    ...(bucket === undefined ? [] : [`--s3-bucket ${bucket}`]),
    `--capabilities ${capabilities.join(' ')}`,
  ].join(' ');
}

function suffixOf(region: string): string {
  return SUFFIXES[partitionOf(region)] ?? 'amazonaws.com';
}
