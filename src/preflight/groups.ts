/** Decides what the rules of security groups allow. */
import type { Group, SecurityGroupRule } from '../aws/place.ts';
import { contains } from '../util/ipv4.ts';

/** The other end of a connection. */
interface Peer {
  /** Addresses or blocks; a rule must cover one of them completely. */
  addresses: readonly string[];
  groups?: readonly string[];
  /** Prefix lists that certainly do not contain the peer. */
  otherLists?: readonly string[];
}

/** Whether one of the rules allows TCP to (or from) `port` of the peer. */
export function allows(rules: readonly SecurityGroupRule[], port: number, peer: Peer): boolean {
  return rules.some((rule) => isPort(rule, port) && isPeer(rule, peer));
}

export function egressOf(groups: readonly Group[]): SecurityGroupRule[] {
  return groups.flatMap((group) => group.egress);
}

export function ingressOf(groups: readonly Group[]): SecurityGroupRule[] {
  return groups.flatMap((group) => group.ingress);
}

/** Whether one of the rules allows any peer at that port. */
export function allowsAnyPeer(rules: readonly SecurityGroupRule[], port: number): boolean {
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
    // The entries of other prefix lists are not read: such a list may contain the peer.
    rule.prefixLists.some((list) => !otherLists.includes(list))
  );
}
