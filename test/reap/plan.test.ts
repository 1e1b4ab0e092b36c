/** Tests which resources are leftovers and which are not. */
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { untaggedOf } from '../../src/engines/registry.ts';
import type { FoundResource } from '../../src/reap/leftover.ts';
import { planReap, type ReapRequest } from '../../src/reap/plan.ts';

const untagged = untaggedOf(engines);
const DEAD = '0a1b2c3d';
const LIVE = 'ffffffff';
const FINGERPRINT = '0123456789ab';

function thing(more: Partial<FoundResource>): FoundResource {
  return {
    kind: 'instance',
    id: 'i-1',
    name: '',
    createdAt: '',
    tags: { 'bakery:run': DEAD },
    held: false,
    dead: false,
    ...more,
  };
}

function plan(found: FoundResource[], more: Partial<ReapRequest> = {}): string[] {
  const request = { region: 'us-east-1', found, live: new Set([LIVE]), prefix: 'bakery', untagged, ...more };
  return planReap({ liveFingerprints: new Set<string>(), ...request }).map(
    ({ kind, id, run }) => `${kind} ${id} ${run}`,
  );
}

describe('a leftover', () => {
  it('has the tag of a run without a lease, and the order of removal respects dependencies', () => {
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

  it("is a key pair without tags whose name has bake's prefix", () => {
    const name = `bakery-run-${DEAD}-bakery-alinux2-x86_64-3.15.1-${FINGERPRINT}`;
    expect(plan([thing({ kind: 'key pair', id: 'key-1', name, tags: {} })])).toEqual([
      `key pair key-1 ${DEAD}`,
    ]);
    expect(plan([thing({ kind: 'key pair', id: 'key-1', name: 'alice', tags: {} })])).toEqual([]);
  });

  it("is an image with one of bake's names but none of its tags: an old Packer tags at the end", () => {
    const name = `bakery-alinux2-x86_64-3.15.1-${FINGERPRINT}`;
    const image = thing({ kind: 'image', id: 'ami-1', name, tags: {} });
    expect(plan([image])).toEqual(['image ami-1 ']);
    expect(plan([{ ...image, name: `${name}-0a1b2c3d` }])).toEqual(['image ami-1 ']);
    expect(plan([image], { liveFingerprints: new Set([FINGERPRINT]) })).toEqual([]);
    expect(plan([{ ...image, tags: { 'parallelcluster:version': '3.15.1' } }])).toEqual([]);
    expect(plan([{ ...image, name: 'bakery-of-another-user' }])).toEqual([]);
    expect(plan([image], { prefix: 'other' })).toEqual([]);
  });
});

describe('a resource', () => {
  it.each([
    ['it belongs to a live run', thing({ tags: { 'bakery:run': LIVE } })],
    ['a user who runs Packer by hand made it', thing({ tags: { 'bakery:run': 'by-hand' } })],
    ['it has no run', thing({ tags: { Name: 'Packer Builder' } })],
    ['it is a snapshot that an image uses', thing({ kind: 'snapshot', held: true })],
    [
      'it is a finished image',
      thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:fingerprint': 'sha256:1' } }),
    ],
    [
      'it is a verified image',
      thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:verify': '1 passed' } }),
    ],
    [
      'it is a published image',
      thing({ kind: 'image', tags: { 'bakery:run': DEAD, 'bakery:channel-history': 'stable@2026-11-21' } }),
    ],
    [
      'it is the kept snapshot of a finished image',
      thing({ kind: 'snapshot', tags: { 'bakery:run': DEAD, 'bakery:fingerprint': 'sha256:1' } }),
    ],
  ])('is not a leftover if %s', (_why, found) => expect(plan([found])).toEqual([]));
});

it('the plan for one target of a live run contains only what that run made for the target', () => {
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
