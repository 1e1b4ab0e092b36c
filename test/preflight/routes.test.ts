/** Tests routes, security group rules and quotas: where packets of a build instance go, and what rules allow. */
import { expect, test } from 'vitest';
import type { SecurityGroupRule } from '../../src/aws/place.ts';
import { allows, allowsAnyPeer } from '../../src/preflight/groups.ts';
import { INTERNET_ADDRESS, obstacle, routeTo } from '../../src/preflight/routes.ts';
import { quotaOf } from '../../src/preflight/quotas.ts';
import { contains, isPrivate } from '../../src/util/ipv4.ts';

const route = (to: string, via: string, blackhole = false) => ({ to, via, blackhole });

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.40.0.0/16', '10.40.1.0/24', true],
  ['10.40.1.0/24', '10.40.0.0/16', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['203.0.113.9/32', '203.0.113.9', true],
  ['10.40.7.9/16', '10.40.0.0/16', true],
  ['255.255.255.255', '255.255.255.255', true],
  ['pl-12345678', '10.0.0.1', false],
  ['::/0', '10.0.0.1', false],
  ['300.0.0.0/8', '300.0.0.1', false],
])('%s contains %s: %s', (outer, inner, expected) => {
  expect(contains(outer, inner)).toBe(expected);
});

test('addresses of RFC 1918 and RFC 6598 are private, others are not', () => {
  expect(['10.1.1.1', '172.16.0.1', '172.31.255.255', '192.168.9.9', '100.64.0.1'].every(isPrivate)).toBe(
    true,
  );
  expect(['11.1.1.1', '172.32.0.1', '192.169.9.9', '100.128.0.1'].some(isPrivate)).toBe(false);
});

test('the most specific route wins, even if it comes from a prefix list', () => {
  const routes = [
    route('0.0.0.0/0', 'nat-1'),
    route('10.0.0.0/8', 'tgw-1'),
    route('10.9.0.0/16', 'pcx-1'),
    route('pl-corp', 'vgw-1'),
  ];
  const lists = { 'pl-corp': ['10.9.8.0/24', '192.0.2.0/24'] };
  expect(routeTo('10.1.1.1', routes, lists)?.via).toBe('tgw-1');
  expect(routeTo('10.9.1.1', routes, lists)?.via).toBe('pcx-1');
  expect(routeTo('10.9.8.1', routes, lists)?.via).toBe('vgw-1');
  expect(routeTo('203.0.113.1', routes, lists)?.via).toBe('nat-1');
  expect(routeTo('10.9.1.1', [route('10.40.0.0/16', 'local')], {})).toBeUndefined();
});

test.each([
  ['a missing route', '10.1.1.1', undefined, false, 'no route'],
  ['a black hole', '10.1.1.1', route('10.0.0.0/8', 'tgw-1', true), false, 'black hole'],
  [
    'an internet gateway for a private address',
    '10.1.1.1',
    route('0.0.0.0/0', 'igw-1'),
    true,
    'does not carry private addresses',
  ],
  [
    'an internet gateway for an instance without a public address',
    INTERNET_ADDRESS,
    route('0.0.0.0/0', 'igw-1'),
    false,
    'public address',
  ],
])('%s blocks a packet', (_, address, way, publicAddress, expected) => {
  expect(obstacle(address, way, publicAddress)).toContain(expected);
});

test.each([
  ['a NAT gateway', INTERNET_ADDRESS, route('0.0.0.0/0', 'nat-1'), false],
  ['a transit gateway', '10.1.1.1', route('10.0.0.0/8', 'tgw-1'), false],
  ['an internet gateway with a public address', INTERNET_ADDRESS, route('0.0.0.0/0', 'igw-1'), true],
])('%s carries a packet', (_, address, way, publicAddress) => {
  expect(obstacle(address, way, publicAddress)).toBeUndefined();
});

test('rules allow traffic by protocol, port, block, group and prefix list', () => {
  const rule = (more: Partial<SecurityGroupRule>): SecurityGroupRule => ({
    protocol: 'tcp',
    fromPort: 443,
    toPort: 443,
    cidrs: [],
    groups: [],
    prefixLists: [],
    ...more,
  });
  const mirror = { addresses: ['10.9.8.7'], groups: ['sg-door'], otherLists: ['pl-s3'] };
  expect(allows([rule({ cidrs: ['10.0.0.0/8'] })], 443, mirror)).toBe(true);
  expect(
    allows([rule({ protocol: '6', fromPort: 0, toPort: 65_535, cidrs: ['10.9.8.7/32'] })], 443, mirror),
  ).toBe(true);
  expect(allows([rule({ protocol: '-1', fromPort: undefined, cidrs: ['0.0.0.0/0'] })], 8443, mirror)).toBe(
    true,
  );
  expect(allows([rule({ groups: ['sg-door'] })], 443, mirror)).toBe(true);
  expect(allows([rule({ prefixLists: ['pl-corp'] })], 443, mirror)).toBe(true);
  expect(allows([rule({ prefixLists: ['pl-s3'] })], 443, mirror)).toBe(false);
  expect(allows([rule({ protocol: 'udp', cidrs: ['0.0.0.0/0'] })], 443, mirror)).toBe(false);
  expect(allows([rule({ cidrs: ['0.0.0.0/0'] })], 8443, mirror)).toBe(false);
  expect(allows([rule({ cidrs: ['192.168.0.0/16'] })], 443, mirror)).toBe(false);
  expect(allowsAnyPeer([rule({ groups: ['sg-other'] })], 443)).toBe(true);
  expect(allowsAnyPeer([rule({ fromPort: 22, toPort: 22 })], 443)).toBe(false);
});

test.each([
  ['c5.xlarge', 'L-1216C47A'],
  ['c6g.xlarge', 'L-1216C47A'],
  ['im4gn.large', 'L-1216C47A'],
  ['t3.large', 'L-1216C47A'],
  ['trn1.2xlarge', 'L-2C3B7624'],
  ['hpc7a.12xlarge', 'L-F7808C92'],
  ['g5.xlarge', 'L-DB2E81BA'],
  ['p5.48xlarge', 'L-417A185B'],
  ['inf2.xlarge', 'L-1945791B'],
  ['x2idn.16xlarge', 'L-7295265B'],
  ['u-6tb1.metal', 'L-43DA4232'],
  ['q1.huge', undefined],
])('%s counts against %s', (type, code) => {
  expect(quotaOf(type)).toBe(code);
});
