/** Owns where a route table sends an address. */
import type { SubnetRoute } from '../aws/place.ts';
import { contains, isPrivate, parseBlock } from '../util/ipv4.ts';

/** An address somewhere in the internet: what reaches it reaches the public endpoints of AWS. */
export const SOMEWHERE = '0.0.0.0';

/**
 * The most specific route to an address (VPC user guide, "Route priority").
 * @param prefixLists blocks of the prefix lists that routes name
 */
export function routeTo(
  address: string,
  routes: readonly SubnetRoute[],
  prefixLists: Readonly<Record<string, readonly string[]>>,
): SubnetRoute | undefined {
  const candidates = routes
    .flatMap((route) => (prefixLists[route.to] ?? [route.to]).map((block) => ({ route, block })))
    .filter(({ block }) => contains(block, address))
    .sort((a, b) => (parseBlock(b.block)?.length ?? 0) - (parseBlock(a.block)?.length ?? 0));
  return candidates[0]?.route;
}

/**
 * Why a packet to the address does not arrive; undefined: nothing on this side stops it.
 * @param publicAddress the instance has one
 */
export function obstacle(
  address: string,
  route: SubnetRoute | undefined,
  publicAddress: boolean,
): string | undefined {
  if (!route) return 'no route';
  if (route.blackhole)
    return `the route to ${route.to} through ${route.via} is a black hole: its target is gone`;
  if (!route.via.startsWith('igw-')) return undefined;
  if (isPrivate(address)) return `only the internet gateway ${route.via}, which carries no private addresses`;
  return publicAddress
    ? undefined
    : `only the internet gateway ${route.via}, which an instance without a public address cannot use`;
}
