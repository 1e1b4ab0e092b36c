/** Owns which of the mirror's hosts apt reaches through the proxy: apt knows no proxy of a single source. */
import type { ProxyInputs } from '../inputs.ts';
import type { MirrorPlan } from './plan.ts';

export interface AptProxy {
  host: string;
  /** A URL, or DIRECT. */
  proxy: string;
}

/**
 * One entry for each host, for `Acquire::https::Proxy::<host>`; empty where nothing is proxied. An entry of a host
 * wins over the global one that ParallelCluster's user data appends (facts/hardening.md T1), so the hosts that are
 * reached directly say so. Two sources on one host go the same way.
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
