/** Owns the tests of the rotation plan. */
import { describe, expect, it } from 'vitest';
import { currentKey, decide, type Family, type RotationInput } from '../../src/rotate/decide.ts';
import { findReferences } from '../../src/rotate/find.ts';

const OLD = 'ami-0123456789abcdef0';
const OLD_ARM = 'ami-0fedcba9876543210';
const NEW = 'ami-0aaaaaaaaaaaaaaaa';
const NEW_ARM = 'ami-0bbbbbbbbbbbbbbbb';
const x86: Family = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' };
const arm: Family = { ...x86, arch: 'arm64' };

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

it('leaves root and head node and says why, in the order of the file with the placeholders', () => {
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
      reason: 'a placeholder: the id comes in when the template is filled',
    },
  ]);
});

it('moves root and head node when told to', () => {
  const { rotated, edits } = plan(cluster, { root: 'rotate' });
  expect(rotated.map(({ scope }) => scope)).toEqual(['root', 'head', 'queue', 'queue', 'login']);
  expect(edits).toHaveLength(5);
});

it('says nothing of root and head node that are current', () => {
  const { unresolved, rotated } = plan(cluster.replaceAll(OLD, NEW));
  expect(unresolved.map(({ found }) => found)).toEqual(['"{{ ami }}"']);
  expect(rotated.map(({ from }) => from)).toEqual([OLD_ARM]);
});

it('leaves a queue that shares its id with the root by alias', () => {
  const { rotated, unresolved } = plan(inQueue('*a', `Image: { CustomAmi: &a ${OLD} }\n`));
  expect(rotated).toEqual([]);
  expect(unresolved[0]?.reason).toMatch(/root image.*2 places share it/);
});

it('says silently nothing of families that this run is not about', () => {
  const result = plan(cluster, { current: new Map([[currentKey(arm, 'us-east-1'), NEW_ARM]]) });
  expect(result.rotated.map(({ from }) => from)).toEqual([OLD_ARM]);
  expect(result.unresolved.map(({ found }) => found)).toEqual(['"{{ ami }}"']);
});

it('foresees a rotation to an image that is not baked yet without an edit', () => {
  const result = plan(inQueue(OLD), { current: new Map([[currentKey(x86, 'us-east-1'), null]]) });
  expect(result.rotated).toMatchObject([{ from: OLD, to: null }]);
  expect(result.edits).toEqual([]);
});

it('takes the Region from the config, and the default one where it names none', () => {
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

describe('an id stays, and is reported,', () => {
  it.each<[string, string, Partial<RotationInput>, RegExp]>([
    ['when nobody knows its family', inQueue('ami-00000000'), {}, /no image family is known/],
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

it('hands on the errors of files that cannot be read, and goes on with the others', () => {
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
