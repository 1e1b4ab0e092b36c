/** Computes no_proxy: the hosts that a node reaches directly even if it has a proxy. */
import { partitionOf } from '../../os/releases.ts';
import type { ImageInputs } from '../inputs.ts';

/** Loopback; instance metadata (IPv4 and IPv6); container credentials; time (EC2 and ECS user guides). */
const LINK = [
  'localhost', '127.0.0.1', '::1', '169.254.169.254', 'fd00:ec2::254', '169.254.170.2', '169.254.169.123',
]; // prettier-ignore

/** Host names of instances inside a VPC (VPC user guide, "DNS attributes"). */
const INSIDE = ['.internal', '.compute.internal', '.ec2.internal'];

/** DNS suffixes of endpoints: IPv4, then dual-stack (boto/botocore:botocore/data/partitions.json). */
const SUFFIXES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  aws: ['amazonaws.com', 'api.aws'],
  'aws-us-gov': ['amazonaws.com', 'api.aws'],
  'aws-cn': ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  'aws-iso': ['c2s.ic.gov'],
  'aws-iso-b': ['sc2s.sgov.gov'],
};

/**
 * Hosts, `.suffixes` and addresses, each once, in the form that no_proxy takes. AWS names contain the Region: the whole
 * of amazonaws.com would include buckets and load balancers of other customers. Names without a Region use the proxy in
 * every Region, us-east-1 included: through a gateway endpoint, the FSx repository at s3.amazonaws.com fails in TLS
 * (aws/aws-parallelcluster-cookbook pull request 3246).
 */
export function noProxyOf(inputs: ImageInputs): string[] {
  const { proxy, regions } = inputs;
  return [
    ...new Set([
      ...LINK,
      ...INSIDE,
      ...regions.flatMap(endpointsOf),
      ...mirrorHosts(inputs),
      ...(proxy?.noProxy ?? []),
    ]),
  ];
}

function endpointsOf(region: string): string[] {
  const [suffix, ...dualstack] = SUFFIXES[partitionOf(region)] ?? SUFFIXES['aws'] ?? ['amazonaws.com'];
  return [
    // Services, buckets (s3.REGION, s3.dualstack.REGION) and interface endpoints (…REGION.vpce).
    `.${region}.${suffix}`,
    `.${region}.vpce.${suffix}`,
    // The older names of buckets; ParallelCluster's own proxy test was redirected to one (cookbook PR #3157).
    `s3-${region}.${suffix}`,
    `.s3-${region}.${suffix}`,
    ...dualstack.map((other) => `.${region}.${other}`),
  ];
}

/** Hosts of every server that the image downloads from. */
function mirrorHosts({ mirrors, indexes = {} }: ImageInputs): string[] {
  const { pip, uv, conda, npm, cran, spack, git = {}, containers = {} } = indexes;
  const paths = Object.values(mirrors?.repos ?? {}).map(({ path }) => path);
  const urls = [mirrors?.url, ...paths, pip, uv, conda?.url, npm, cran, spack, ...Object.values(git)];
  return [
    ...urls.flatMap((url) =>
      url !== undefined && /^https?:/.test(url) && URL.canParse(url) ? [new URL(url).hostname] : [],
    ),
    ...Object.values(containers).map((location) => location.replace(/[:/].*$/, '')),
  ];
}
