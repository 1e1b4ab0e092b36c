/** Makes the URLs, links and commands that launch a template. */
import { partitionOf } from '../os/releases.ts';
import { quoteShell } from '../text/quote.ts';

/** The DNS suffixes of the endpoints of partitions (boto/botocore:botocore/data/partitions.json). */
const SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

/** The domains of the consoles (AWS General Reference and the user guides of the partitions). */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.cn',
  'aws-us-gov': 'amazonaws-us-gov.com',
  'aws-iso': 'c2shome.ic.gov',
  'aws-iso-b': 'sc2shome.sgov.gov',
};

/** The capabilities that the nested stack needs: it creates named roles, and it is a SAM template, which uses a macro. */
export const capabilities = ['CAPABILITY_AUTO_EXPAND', 'CAPABILITY_NAMED_IAM'] as const;

/** A longer template must be in S3 (CloudFormation quotas: 51,200 bytes in a request, 1 MB in S3). */
export const LARGEST_BODY = 51_200;
export const LARGEST_OBJECT = 1024 * 1024;

/**
 * The template of the provider of the custom resource, which ParallelCluster publishes for each release and Region.
 * Source: ParallelCluster user guide, "Provider stack hosted by AWS ParallelCluster".
 */
export function providerUrl(parallelcluster: string, region: string): string {
  return `https://${region}-aws-parallelcluster.s3.${region}.${suffixOf(region)}/parallelcluster/${parallelcluster}/templates/custom_resource/cluster.yaml`;
}

/**
 * The https URL of an object for CloudFormation: with the bucket in the host name, or in the path if dots in its name would
 * not match the certificate (S3 user guide, "Virtual hosting of general purpose buckets").
 * @param region of the bucket
 */
export function objectUrl(bucket: string, region: string, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const host = `s3.${region}.${suffixOf(region)}`;
  return bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
}

export interface Launch {
  region: string;
  stackName: string;
  /** The parameters of the template. */
  parameters: readonly { name: string; default: string }[];
}

/**
 * A link that opens "Quick create stack" in the console with all values filled in.
 * Source: CloudFormation user guide, "Create quick-create links".
 * @param url https URL of the template in S3
 */
export function quickCreateLink({ region, stackName, parameters }: Launch, url: string): string {
  const domain = CONSOLES[partitionOf(region)];
  // The aws partition has a console for each Region.
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

/** The command of the AWS CLI that creates the stack, and later updates it to the newest image of the channel. */
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
