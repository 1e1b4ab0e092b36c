/** Owns what security groups let through. */
import type { Group, SecurityGroupRule } from '../aws/place.ts';
import { contains } from '../util/ipv4.ts';

/** The other end of a connection. */
interface Peer {
  /** Addresses or blocks of which one must be covered whole. */
  addresses: readonly string[];
  groups?: readonly string[];
  /** Prefix lists that are surely something else. */
  otherLists?: readonly string[];
}

/** Whether a rule of any of the groups lets TCP to (or from) `port` of the peer through. */
export function lets(rules: readonly SecurityGroupRule[], port: number, peer: Peer): boolean {
  return rules.some((rule) => isPort(rule, port) && isPeer(rule, peer));
}

export function egressOf(groups: readonly Group[]): SecurityGroupRule[] {
  return groups.flatMap((group) => group.egress);
}

export function ingressOf(groups: readonly Group[]): SecurityGroupRule[] {
  return groups.flatMap((group) => group.ingress);
}

/** Whether anybody at all is let in at that port. */
export function letsAnybody(rules: readonly SecurityGroupRule[], port: number): boolean {
  return rules.some((rule) => isPort(rule, port));
}

function isPort({ protocol, fromPort, toPort }: SecurityGroupRule, port: number): boolean {
  if (protocol === '-1') return true;
  if (protocol !== 'tcp' && protocol !== '6') return false;
  return (fromPort ?? 0) <= port && port <= (toPort ?? 65_535);
}

function isPeer(rule: SecurityGroupRule, { addresses, groups = [], otherLists = [] }: Peer): boolean {
  return (
    rule.groups.some((group) => groups.includes(group)) ||
    rule.cidrs.some((cidr) => addresses.some((address) => contains(cidr, address))) ||
    // What a list of the company's holds is not asked for: it may hold this.
    rule.prefixLists.some((list) => !otherLists.includes(list))
  );
}
