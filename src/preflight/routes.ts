/** Finds the route to an address in a route table, and what blocks it. */
import type { SubnetRoute } from '../aws/place.ts';
import { contains, isPrivate, parseBlock } from '../util/ipv4.ts';

/** Stands for any address in the internet: a route to it also reaches the public endpoints of AWS. */
export const INTERNET_ADDRESS = '0.0.0.0';

/**
 * The most specific route to an address (VPC user guide, "Route priority").
 * @param prefixLists the blocks of each prefix list that a route names
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
 * Why a packet to the address does not leave the VPC; undefined if nothing in the VPC blocks it.
 * @param publicAddress whether the instance has a public address
 */
export function obstacle(
  address: string,
  route: SubnetRoute | undefined,
  publicAddress: boolean,
): string | undefined {
  if (!route) return 'no route';
  if (route.blackhole)
    return `the route to ${route.to} through ${route.via} is a black hole: its target no longer exists`;
  if (!route.via.startsWith('igw-')) return undefined;
  if (isPrivate(address))
    return `the only route is the internet gateway ${route.via}, which does not carry private addresses`;
  return publicAddress
    ? undefined
    : `the only route is the internet gateway ${route.via}, which an instance without a public address cannot use`;
}
