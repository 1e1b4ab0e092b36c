/** Decides which hosts of the mirror apt reaches through the proxy: apt supports a proxy per host, not per source. */
import type { ProxyInputs } from '../inputs.ts';
import type { MirrorPlan } from './plan.ts';

export interface AptProxy {
  host: string;
  /** A URL, or DIRECT. */
  proxy: string;
}

/**
 * One entry for each host, for `Acquire::https::Proxy::<host>`; empty if no repository is proxied. ParallelCluster's
 * user data appends a global entry (aws/aws-parallelcluster:cli/src/pcluster/resources/compute_node/user_data.sh at
 * v3.9.3). An entry for a host overrides it, so hosts that are reached directly have an entry too. Two sources on the
 * same host use the same entry.
 */
export function aptProxies(plan: MirrorPlan, proxy: ProxyInputs | undefined): AptProxy[] {
  const live = plan.repositories.filter(({ action }) => action === 'mirror');
  if (!proxy || !live.some(({ proxied }) => proxied)) return [];
  const through = new Set(live.filter(({ proxied }) => proxied).map(hostOf));
  return [...new Set(live.map(hostOf))].map((host) => ({
    host,
    proxy: through.has(host) ? proxy.url : 'DIRECT',
  }));
}

function hostOf({ url }: { url: string }): string {
  return new URL(url).hostname;
}
