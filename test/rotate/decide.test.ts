/** Tests of the rotation plan. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentKey, decide, type ImageFamily, type RotationInput } from '../../src/rotate/decide.ts';
import { findReferences } from '../../src/rotate/find.ts';
import type { FileFindings } from '../../src/rotate/format.ts';
import type { ImageFacts } from '../../src/rotate/obstacles.ts';
import { splice } from '../../src/rotate/splice.ts';

const OLD = 'ami-0123456789abcdef0';
const OLD_ARM = 'ami-0fedcba9876543210';
const NEW = 'ami-0aaaaaaaaaaaaaaaa';
const NEW_ARM = 'ami-0bbbbbbbbbbbbbbbb';
const x86: ImageFamily = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' };
const arm: ImageFamily = { ...x86, arch: 'arm64' };

const cluster = `Image:
  Os: alinux2
  CustomAmi: ${OLD}
HeadNode: { Image: { CustomAmi: ${OLD} } }
Scheduling:
  SlurmQueues:
    - Image: { CustomAmi: ${OLD} }
    - Image: { CustomAmi: ${OLD_ARM} }
    - Image: { CustomAmi: "{{ ami }}" }
LoginNodes: { Pools: [{ Image: { CustomAmi: ${OLD} } }] }
`;

function plan(text: string, more: Partial<RotationInput> = {}) {
  return decide({
    found: [findReferences('x.yaml', Buffer.from(text))],
    families: new Map([
      [OLD, x86],
      [OLD_ARM, arm],
    ]),
    current: new Map([
      [currentKey(x86, 'us-east-1'), NEW],
      [currentKey(arm, 'us-east-1'), NEW_ARM],
    ]),
    root: 'leave',
    defaultRegion: 'us-east-1',
    ...more,
  });
}

const inQueue = (id: string, before = '') =>
  `${before}Scheduling: { SlurmQueues: [{ Image: { CustomAmi: ${id} } }] }\n`;

it('moves each queue and login pool to the new image of its own family', () => {
  const { rotated, edits } = plan(cluster);
  expect(rotated.map(({ path, from, to }) => [path, from, to])).toEqual([
    ['Scheduling.SlurmQueues[0].Image.CustomAmi', OLD, NEW],
    ['Scheduling.SlurmQueues[1].Image.CustomAmi', OLD_ARM, NEW_ARM],
    ['LoginNodes.Pools[0].Image.CustomAmi', OLD, NEW],
  ]);
  expect(rotated[0]).toEqual({
    file: 'x.yaml',
    line: 7,
    column: 27,
    path: 'Scheduling.SlurmQueues[0].Image.CustomAmi',
    scope: 'queue',
    from: OLD,
    to: NEW,
  });
  expect(edits).toHaveLength(3);
});

it('leaves root and head node and gives the reasons, in the order of the file and among the placeholders', () => {
  expect(plan(cluster).unresolved).toEqual([
    {
      file: 'x.yaml',
      line: 3,
      column: 14,
      path: 'Image.CustomAmi',
      found: OLD,
      reason:
        'root image: a live cluster cannot change it; needs a new cluster, or Image.CustomAmi per queue',
    },
    {
      file: 'x.yaml',
      line: 4,
      column: 33,
      path: 'HeadNode.Image.CustomAmi',
      found: OLD,
      reason: 'head node image: a live cluster cannot change it; needs a new cluster',
    },
    {
      file: 'x.yaml',
      line: 9,
      column: 27,
      path: 'Scheduling.SlurmQueues[2].Image.CustomAmi',
      found: '"{{ ami }}"',
      reason: 'a placeholder: filling the template inserts the id',
    },
  ]);
});

it('moves root and head node on request', () => {
  const { rotated, edits } = plan(cluster, { root: 'rotate' });
  expect(rotated.map(({ scope }) => scope)).toEqual(['root', 'head', 'queue', 'queue', 'login']);
  expect(edits).toHaveLength(5);
});

it('does not report root and head node if they are current', () => {
  const { unresolved, rotated } = plan(cluster.replaceAll(OLD, NEW));
  expect(unresolved.map(({ found }) => found)).toEqual(['"{{ ami }}"']);
  expect(rotated.map(({ from }) => from)).toEqual([OLD_ARM]);
});

it('leaves a queue that shares its id with the root by alias', () => {
  const { rotated, unresolved } = plan(inQueue('*a', `Image: { CustomAmi: &a ${OLD} }\n`));
  expect(rotated).toEqual([]);
  expect(unresolved[0]?.reason).toMatch(/root image.*2 places share it/);
});

it('does not report families outside of this run', () => {
  const result = plan(cluster, { current: new Map([[currentKey(arm, 'us-east-1'), NEW_ARM]]) });
  expect(result.rotated.map(({ from }) => from)).toEqual([OLD_ARM]);
  expect(result.unresolved.map(({ found }) => found)).toEqual(['"{{ ami }}"']);
});

it('previews a rotation to an image that is not baked yet, without an edit', () => {
  const result = plan(inQueue(OLD), { current: new Map([[currentKey(x86, 'us-east-1'), null]]) });
  expect(result.rotated).toMatchObject([{ from: OLD, to: null }]);
  expect(result.edits).toEqual([]);
});

it('uses the Region of the config, or the default Region if it names none', () => {
  const current = new Map([
    [currentKey(x86, 'us-east-1'), NEW],
    [currentKey(x86, 'eu-west-1'), NEW_ARM],
  ]);
  expect(plan(inQueue(OLD, 'Region: eu-west-1\n'), { current }).rotated).toMatchObject([{ to: NEW_ARM }]);
  expect(plan(inQueue(OLD), { current }).rotated).toMatchObject([{ to: NEW }]);
  expect(plan(inQueue(OLD), { current, defaultRegion: 'eu-west-1' }).rotated).toMatchObject([
    { to: NEW_ARM },
  ]);
  expect(plan(inQueue(OLD, 'Region: eu-north-1\n'), { current })).toMatchObject({
    rotated: [],
    unresolved: [],
  });
});

describe('an id stays and is reported', () => {
  it.each<[string, string, Partial<RotationInput>, RegExp]>([
    ['when its family is not known', inQueue('ami-00000000'), {}, /no image family is known/],
    [
      'when it is an official image',
      inQueue(OLD),
      { families: new Map([[OLD, { ...x86, official: true }]]) },
      /official/,
    ],
    [
      'when its image is in another Region',
      inQueue(OLD, 'Region: eu-west-1\n'),
      { families: new Map([[OLD, { ...x86, region: 'us-east-1' }]]) },
      /in us-east-1, this cluster in eu-west-1/,
    ],
    [
      'when the cluster has another OS',
      inQueue(OLD, 'Image: { Os: rocky9 }\n'),
      {},
      /image is alinux2, this cluster's Image.Os is rocky9/,
    ],
    [
      'at a place that ParallelCluster does not have',
      `X: { CustomAmi: ${OLD} }\n`,
      {},
      /no CustomAmi at this place/,
    ],
  ])('%s', (_, text, more, reason) => {
    const result = plan(text, more);
    expect(result).toMatchObject({ edits: [], rotated: [] });
    expect(result.unresolved).toHaveLength(1);
    expect(result.unresolved[0]?.reason).toMatch(reason);
  });
});

it('passes on the errors of unreadable files, and plans for the others', () => {
  const found = [
    findReferences('broken.yaml', Buffer.from(`CustomAmi: [${OLD}\n`)),
    findReferences('good.yaml', Buffer.from(inQueue(OLD))),
  ];
  const result = plan('', { found });
  expect(result.errors.map(({ code, place }) => [code, place.file])).toEqual([
    ['ROTATE_SYNTAX', 'broken.yaml'],
  ]);
  expect(result.edits.map(({ file }) => file)).toEqual(['good.yaml']);
});

/** A new image without any obstacle. */
const good: ImageFacts = {
  region: 'us-east-1',
  state: 'available',
  ownerId: '111122223333',
  name: 'bakery-alinux2-x86_64-3.15.1-0123456789ab',
  createdAt: '2026-11-21T04:00:00.000Z',
  architecture: 'x86_64',
  rootGiB: 50,
  os: 'alinux2',
  parallelcluster: '3.15.1',
};
const old: ImageFacts = {
  ...good,
  name: 'bakery-alinux2-x86_64-3.15.1-aaaaaaaaaaaa',
  createdAt: '2026-10-01T04:00:00.000Z',
};
const facts = (more: Partial<ImageFacts>) => new Map([[NEW, { ...good, ...more }]]);

describe('a new image is refused and the old one stays', () => {
  it.each<[string, Partial<ImageFacts>, RegExp]>([
    ['while it is pending', { state: 'pending' }, /is pending: run this again when it is available/],
    ['when it failed', { state: 'failed' }, /is failed: choose another/],
    ['when it is in another Region', { region: 'eu-west-1' }, /is in eu-west-1, this cluster in us-east-1/],
    ['when it is of another OS', { os: 'rocky9' }, /is rocky9\/x86_64\/3.15.1, the image here alinux2/],
    ['when it is of another architecture', { architecture: 'arm64' }, /is alinux2\/arm64\/3.15.1/],
    ['when it is of another release', { parallelcluster: '3.14.0' }, /is alinux2\/x86_64\/3.14.0/],
  ])('%s', (_, more, reason) => {
    for (const how of [{}, { explicit: new Map([[OLD, NEW]]) }]) {
      const text = inQueue(OLD, 'Region: us-east-1\n');
      const result = plan(text, { images: facts(more), ...how });
      expect(result).toMatchObject({ edits: [], rotated: [], updates: [] });
      expect(result.unresolved.map((entry) => entry.reason)).toEqual([expect.stringMatching(reason)]);
    }
  });

  it('when EC2 does not show it: it is deleted, or not shared with this account', () => {
    const { rotated, unresolved } = plan(inQueue(OLD), { images: new Map() });
    expect(rotated).toEqual([]);
    expect(unresolved[0]?.reason).toMatch(new RegExp(`does not show ${NEW} in us-east-1.*not shared`));
  });

  it('when its root volume is larger than the Size that the queue pins, and not when it is as large', () => {
    const found = (size: number): FileFindings[] => {
      const one = findReferences('x.yaml', Buffer.from(inQueue(OLD)));
      return [{ ...one, references: one.references.map((each) => ({ ...each, rootVolumeGiB: size })) }];
    };
    const pinned = plan('', { found: found(49), images: facts({}) });
    expect(pinned.unresolved[0]?.reason).toMatch(/has 50 GiB, RootVolume.Size beside it says 49/);
    expect(plan('', { found: found(50), images: facts({}) }).rotated).toHaveLength(1);
  });

  it('when the instance types beside it are of the other architecture', () => {
    const one = findReferences('x.yaml', Buffer.from(inQueue(OLD)));
    const found = (types: string[]): FileFindings[] => [
      { ...one, references: one.references.map((each) => ({ ...each, instanceTypes: types })) },
    ];
    const refused = plan('', { found: found(['c5.large', 'c7gn.16xlarge']) });
    expect(refused.unresolved[0]?.reason).toMatch(/image is x86_64, c7gn.16xlarge beside it is arm64/);
    expect(plan('', { found: found(['c5.large', 'g4dn.xlarge']) }).rotated).toHaveLength(1);
  });

  it('when the file names another release of ParallelCluster', () => {
    const one = findReferences('x.yaml', Buffer.from(inQueue(OLD)));
    const references = one.references.map((each) => ({ ...each, parallelcluster: '3.14.0' }));
    const { unresolved } = plan('', { found: [{ ...one, references }] });
    expect(unresolved[0]?.reason).toMatch(/is for ParallelCluster 3.15.1, this cluster is 3.14.0/);
  });
});

describe('an explicit map', () => {
  const explicit = new Map([[OLD, NEW]]);
  const bare = { explicit, current: new Map(), families: new Map() };

  it('moves root and head node too, needs no family, and leaves what it does not name', () => {
    const { rotated, unresolved, updates } = plan(cluster, bare);
    expect(rotated.map(({ scope, from }) => [scope, from])).toEqual([
      ['root', OLD],
      ['head', OLD],
      ['queue', OLD],
      ['login', OLD],
    ]);
    expect(unresolved.map(({ found }) => found)).toEqual(['"{{ ami }}"']);
    expect(updates.map(({ effect }) => effect)).toEqual([
      'impossible',
      'impossible',
      'fleet-stop',
      'login-count-0',
    ]);
  });

  it('swaps two ids in one step', () => {
    const swapped = new Map([
      [OLD, OLD_ARM],
      [OLD_ARM, OLD],
    ]);
    expect(plan(cluster, { ...bare, explicit: swapped }).rotated.slice(2, 4)).toMatchObject([
      { from: OLD, to: OLD_ARM },
      { from: OLD_ARM, to: OLD },
    ]);
  });

  it('respects the facts of a cluster: it refuses another OS than Image.Os', () => {
    const text = inQueue(OLD, 'Image: { Os: rocky9 }\n');
    expect(plan(text, { ...bare, images: facts({}) }).unresolved[0]?.reason).toMatch(/Image.Os is rocky9/);
  });
});

describe('a family that has no image for', () => {
  const other: ImageFamily = { ...x86, parallelcluster: '3.14.0' };
  const families = new Map([[OLD, other]]);
  it('is reported if the run is about all families', () => {
    const { unresolved } = plan(inQueue(OLD), { families, whole: true });
    expect(unresolved[0]?.reason).toMatch(/has no image for alinux2\/x86_64\/3.14.0 in us-east-1/);
  });
  it('is not reported if targets were named', () => {
    expect(plan(inQueue(OLD), { families })).toMatchObject({ rotated: [], unresolved: [] });
  });
});

it('accepts an official image as the parent of an image build', () => {
  const families = new Map([[OLD, { ...x86, official: true }]]);
  const one = findReferences('x.yaml', Buffer.from(inQueue(OLD)));
  const references = one.references.map((each) => ({ ...each, scope: 'parent' as const }));
  expect(plan('', { found: [{ ...one, references }], families }).unresolved).toEqual([]);
});

describe('a queue that inherits the root’s image', () => {
  const text = `Image:\n  Os: alinux2\n  CustomAmi: ${OLD}\nScheduling:\n  SlurmQueues:\n    - Name: a\n`;

  it('receives its own image on request, and the root stays', () => {
    const { rotated, unresolved, edits } = plan(text, { insertOverrides: true });
    expect(rotated).toMatchObject([
      { path: 'Scheduling.SlurmQueues[0].Image.CustomAmi', scope: 'queue', from: OLD, to: NEW },
    ]);
    expect(edits.map(({ kind }) => kind)).toEqual(['insert']);
    expect(unresolved.map(({ path, reason }) => [path, reason])).toEqual([
      ['Image.CustomAmi', expect.stringMatching(/the listed queues receive an image of their own/)],
    ]);
    const after = splice('x.yaml', Buffer.from(text), edits).toString();
    expect(after).toContain(`    - Name: a\n      Image:\n        CustomAmi: ${NEW}\n`);
    const again = plan(after, { insertOverrides: true });
    expect(again).toMatchObject({ rotated: [], edits: [] });
  });

  it('receives it from an explicit map too, which then leaves the root, also in a second run', () => {
    const more = { explicit: new Map([[OLD, NEW]]), current: new Map(), insertOverrides: true };
    const first = plan(text, more);
    expect(first.rotated.map(({ scope }) => scope)).toEqual(['queue']);
    const after = splice('x.yaml', Buffer.from(text), first.edits).toString();
    expect(plan(after, more).edits).toEqual([]);
  });

  it('is unchanged without the option, which the report names', () => {
    const { rotated, unresolved } = plan(text);
    expect(rotated).toEqual([]);
    expect(unresolved[0]?.reason).toMatch(/--insert-queue-overrides/);
  });

  it('needs none if the root itself moves', () => {
    const { rotated } = plan(text, { insertOverrides: true, root: 'rotate' });
    expect(rotated.map(({ scope }) => scope)).toEqual(['root']);
  });
});

it('updates the comment in the same run: name and date of the new image', () => {
  const text = `Scheduling:\n  SlurmQueues:\n    - Image:\n        CustomAmi: ${OLD} # ${old.name} 2026-10-01, ask hpc\n`;
  const images = new Map([
    [OLD, old],
    [NEW, good],
  ]);
  const { edits } = plan(text, { images });
  expect(edits.map(({ kind }) => kind)).toEqual(['id', 'comment']);
  expect(splice('x.yaml', Buffer.from(text), edits).toString()).toContain(
    `CustomAmi: ${NEW} # ${good.name} 2026-11-21, ask hpc`,
  );
});

describe('for any files,', () => {
  const oses = ['alinux2', 'rocky9'];
  const archs = ['x86_64', 'arm64'];
  const regions = ['us-east-1', 'eu-west-1'];
  const families = oses.flatMap((os) =>
    archs.map((arch): ImageFamily => ({ os, arch, parallelcluster: '3.15.1' })),
  );
  const hex = (index: number, kind: string) => `ami-${kind}${index.toString(16).padStart(7, '0')}`;
  /** Old ids 0 to 31: eight of each family; the last eight have no family. */
  const oldIds = Array.from({ length: 40 }, (_, index) => hex(index, 'a'));
  const known = new Map(oldIds.slice(0, 32).map((id, index) => [id, families[index >> 3] as ImageFamily]));
  const newIds = new Map(
    regions.flatMap((region, r) =>
      families.map((family, f) => [currentKey(family, region), hex(r * 8 + f, 'b')] as const),
    ),
  );
  const id = fc.constantFrom(...oldIds, ...newIds.values());
  const config = fc.record({
    region: fc.option(fc.constantFrom(...regions), { nil: undefined }),
    root: fc.option(id, { nil: undefined }),
    queues: fc.array(fc.option(id, { nil: undefined }), { maxLength: 5 }),
    login: fc.option(id, { nil: undefined }),
  });
  const textOf = ({ region, root, queues, login }: typeof config extends fc.Arbitrary<infer C> ? C : never) =>
    [
      ...(region === undefined ? [] : [`Region: ${region}`]),
      ...(root === undefined ? [] : [`Image: { CustomAmi: ${root} }`]),
      'Scheduling:',
      '  SlurmQueues:',
      '    - Name: first',
      ...queues.flatMap((one, at) => [
        `    - Name: q${at}`,
        ...(one === undefined ? [] : ['      Image:', `        CustomAmi: ${one} # here`]),
      ]),
      ...(login === undefined ? [] : [`LoginNodes: { Pools: [{ Image: { CustomAmi: ${login} } }] }`]),
      '',
    ].join('\n');
  const options = fc.record({
    root: fc.constantFrom('leave' as const, 'rotate' as const),
    insertOverrides: fc.boolean(),
    whole: fc.boolean(),
  });
  const decided = (text: string, more: Partial<RotationInput>) =>
    plan(text, { families: known, current: newIds, ...more });

  it('an id only ever moves to the image of its own family in its own Region', () => {
    fc.assert(
      fc.property(config, options, (one, more) => {
        const region = one.region ?? 'us-east-1';
        for (const { from, to } of decided(textOf(one), more).rotated) {
          const family = known.get(from);
          expect(family && newIds.get(currentKey(family, region))).toBe(to);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nothing moves without a match', () => {
    fc.assert(
      fc.property(config, options, (one, more) => {
        const strange = { families: new Map<string, ImageFamily>(), ...more };
        expect(decided(textOf(one), strange)).toMatchObject({ edits: [], rotated: [], updates: [] });
      }),
      { numRuns: 200 },
    );
  });

  it('a second run changes nothing', () => {
    fc.assert(
      fc.property(config, options, (one, more) => {
        const before = Buffer.from(textOf(one));
        const { edits } = decided(before.toString(), more);
        const after = splice('x.yaml', before, edits);
        const text = after === 'done' ? before.toString() : after.toString();
        expect(decided(text, more).edits).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

it('changes a comment once if two ids share it', () => {
  const one = findReferences(
    'x.yaml',
    Buffer.from(
      `Scheduling: { SlurmQueues: [{ Image: { CustomAmi: ${OLD} } }, { Image: { CustomAmi: ${OLD} } }] }\n`,
    ),
  );
  const comment = { start: 200, end: 200 + old.name.length, text: old.name };
  const references = one.references.map((each) => ({ ...each, comment }));
  const images = new Map([
    [OLD, old],
    [NEW, good],
  ]);
  const { edits } = plan('', { found: [{ ...one, references }], images });
  expect(edits.map(({ kind }) => kind)).toEqual(['id', 'comment', 'id']);
});
