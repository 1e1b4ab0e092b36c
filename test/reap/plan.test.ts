/** Owns what counts as a leftover, and what never does. */
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { untaggedOf } from '../../src/engines/registry.ts';
import type { Found } from '../../src/reap/leftover.ts';
import { planReap, type ReapRequest } from '../../src/reap/plan.ts';

const untagged = untaggedOf(engines);
const DEAD = '0a1b2c3d';
const LIVE = 'ffffffff';
const FINGERPRINT = '0123456789ab';

function thing(more: Partial<Found>): Found {
  return {
    kind: 'instance',
    id: 'i-1',
    name: '',
    createdAt: '',
    tags: { 'bakery:run': DEAD },
    held: false,
    ...more,
  };
}

function plan(found: Found[], more: Partial<ReapRequest> = {}): string[] {
  const request = { region: 'us-east-1', found, live: new Set([LIVE]), prefix: 'bakery', untagged, ...more };
  return planReap({ liveFingerprints: new Set<string>(), ...request }).map(
    ({ kind, id, run }) => `${kind} ${id} ${run}`,
  );
}

describe('a leftover', () => {
  it('carries the tag of a run that holds no lease, and goes in an order in which nothing is in use', () => {
    const all = [
      thing({ kind: 'security group', id: 'sg-1' }),
      thing({ kind: 'key pair', id: 'key-1' }),
      thing({ kind: 'snapshot', id: 'snap-1' }),
      thing({ kind: 'image', id: 'ami-1' }),
      thing({ kind: 'volume', id: 'vol-1' }),
      thing({ kind: 'instance', id: 'i-1' }),
    ];
    expect(plan(all)).toEqual([
      `instance i-1 ${DEAD}`,
      `volume vol-1 ${DEAD}`,
      `image ami-1 ${DEAD}`,
      `snapshot snap-1 ${DEAD}`,
      `key pair key-1 ${DEAD}`,
      `security group sg-1 ${DEAD}`,
    ]);
  });

  it('is a key pair without tags whose name begins as ours do', () => {
    const name = `bakery-run-${DEAD}-bakery-alinux2-x86_64-3.15.1-${FINGERPRINT}`;
    expect(plan([thing({ kind: 'key pair', id: 'key-1', name, tags: {} })])).toEqual([
      `key pair key-1 ${DEAD}`,
    ]);
    expect(plan([thing({ kind: 'key pair', id: 'key-1', name: 'alice', tags: {} })])).toEqual([]);
  });

  it('is an image without any tag of ours that has a name of ours: an old Packer tags last', () => {
    const name = `bakery-alinux2-x86_64-3.15.1-${FINGERPRINT}`;
    const image = thing({ kind: 'image', id: 'ami-1', name, tags: {} });
    expect(plan([image])).toEqual(['image ami-1 ']);
    expect(plan([{ ...image, name: `${name}-0a1b2c3d` }])).toEqual(['image ami-1 ']);
    expect(plan([image], { liveFingerprints: new Set([FINGERPRINT]) })).toEqual([]);
    expect(plan([{ ...image, tags: { 'parallelcluster:version': '3.15.1' } }])).toEqual([]);
    expect(plan([{ ...image, name: 'bakery-of-somebody-else' }])).toEqual([]);
    expect(plan([image], { prefix: 'other' })).toEqual([]);
  });
});

describe('no leftover', () => {
  it.each([
    ['of a run that lives', thing({ tags: { 'bakery:run': LIVE } })],
    ['of somebody who runs Packer by hand', thing({ tags: { 'bakery:run': 'by-hand' } })],
    ['of nobody', thing({ tags: { Name: 'Packer Builder' } })],
    ['a snapshot that an image is made of', thing({ kind: 'snapshot', held: true })],
    [
      'a finished image',
      thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:fingerprint': 'sha256:1' } }),
    ],
    ['a judged image', thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:verify': '1 passed' } })],
    [
      'a published image',
      thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:channel-history': 'stable@2026-11-21' } }),
    ],
    [
      'the kept snapshot of a finished image',
      thing({ kind: 'snapshot', tags: { 'bakery:run': DEAD, 'bakery:fingerprint': 'sha256:1' } }),
    ],
  ])('is anything %s', (_what, found) => expect(plan([found])).toEqual([]));
});

it('of a run that goes on, only what it made for that target is taken', () => {
  const only = { run: LIVE, target: 'alinux2-x86_64-3.15.1' };
  const mine = { 'bakery:run': LIVE, 'bakery:target': only.target };
  const found = [
    thing({ id: 'i-mine', tags: mine }),
    thing({ id: 'i-other-target', tags: { ...mine, 'bakery:target': 'rocky9-x86_64-3.16.1' } }),
    thing({ id: 'i-other-run', tags: { ...mine, 'bakery:run': DEAD } }),
    thing({ kind: 'image', id: 'ami-done', tags: { ...mine, 'bakery:fingerprint': 'sha256:1' } }),
    thing({
      kind: 'key pair',
      id: 'key-mine',
      name: `bakery-run-${LIVE}-bakery-${only.target}-${FINGERPRINT}`,
      tags: {},
    }),
    thing({
      kind: 'key pair',
      id: 'key-other',
      name: `bakery-run-${LIVE}-bakery-rocky9-x86_64-3.16.1-${FINGERPRINT}`,
      tags: {},
    }),
  ];
  expect(plan(found, { only })).toEqual([`instance i-mine ${LIVE}`, `key pair key-mine ${LIVE}`]);
});
