/** Tests of the facts of a rotation, gathered by calls to the sandbox. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createParameter, overwriteParameter } from '../../src/aws/parameters.ts';
import { openSession, type Session } from '../../src/aws/session.ts';
import { makeTarget } from '../../src/os/target.ts';
import { gatherRotation, planRotation, type GatherRequest } from '../../src/rotate/gather.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { anyone } from '../support/account.ts';
import { emptyFolder } from '../support/project.ts';

/** The channel `stable` of the seeded account for alinux2, and its former image. */
const SEEDED = 'ami-00909c2f462ff8e3b';
const BEFORE = 'ami-012c8365b535ed6bb';
/** The official image for the same target. */
const OFFICIAL = 'ami-029d49be3214cb443';
/** Ids that no account has. */
const GONE = 'ami-0dead0000000beef0';
const OLD_RELEASE = 'ami-0dead0000000beef1';
const NOBODYS = 'ami-0aaaaaaaaaaaaaaaa';

let folder: string;
let sandbox: Sandbox;
let aws: Session;
beforeAll(async () => {
  folder = emptyFolder();
  sandbox = await openSandbox({ state: path.join(folder, 'state'), rehearse: 'off' });
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  // Deleted images that channels once held: one of another channel, one of a release that is not a target.
  const candidate = '/hpc/ami/candidate/alinux2/x86_64/3.15.1';
  await createParameter(aws, 'us-east-1', candidate, GONE);
  await overwriteParameter(aws, 'us-east-1', candidate, SEEDED);
  const former = '/hpc/ami/stable/alinux2/x86_64/3.14.0';
  await createParameter(aws, 'us-east-1', former, OLD_RELEASE);
  await overwriteParameter(aws, 'us-east-1', former, SEEDED);
  await createParameter(aws, 'us-east-1', '/hpc/ami/lock/alinux2', 'x');
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

const publish = {
  parameter: '/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
};

async function decided(
  files: Record<string, string>,
  more: Partial<GatherRequest['settings']> = {},
  of: Partial<GatherRequest> = {},
) {
  const made = makeTarget({ os: 'alinux2', arch: 'x86_64', regions: ['us-east-1', 'eu-west-1'] });
  if ('errors' in made) throw made.errors[0];
  const names = Object.entries(files).map(([name, text]) => {
    fs.writeFileSync(path.join(folder, name), text);
    return { file: path.join(folder, name), named: true };
  });
  const settings = {
    folder,
    files: names,
    channel: 'stable',
    root: 'leave' as const,
    families: new Map(),
    insertOverrides: false,
    literal: false,
    whole: true,
    ...more,
  };
  const facts = await gatherRotation({
    aws,
    account: '111122223333',
    jobs: [{ target: made.target, publish }],
    published: [],
    publishedImages: [],
    progress: () => {},
    signal: new AbortController().signal,
    settings,
    ...of,
  });
  const plan = planRotation(facts);
  const short = ({ file, ...entry }: { file: string; from?: string; to?: string | null; reason?: string }) =>
    [path.basename(file), entry.from ?? '', entry.to ?? entry.reason ?? ''] as const;
  return { facts, rotated: plan.rotated.map(short), unresolved: plan.unresolved.map(short), plan };
}

const queue = (id: string, region = 'us-east-1') =>
  `Region: ${region}\nScheduling:\n  SlurmQueues:\n    - Name: a\n      Image:\n        CustomAmi: ${id}\n`;

it('finds families in the history of any channel, and in bakery.yaml', async () => {
  const { rotated, unresolved } = await decided(
    { 'past.yaml': queue(BEFORE), 'history.yaml': queue(GONE), 'told.yaml': queue(NOBODYS) },
    { families: new Map([[NOBODYS, { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' }]]) },
  );
  expect(rotated).toEqual([
    ['past.yaml', BEFORE, SEEDED],
    ['history.yaml', GONE, SEEDED],
    ['told.yaml', NOBODYS, SEEDED],
  ]);
  expect(unresolved).toEqual([]);
});

it('lists old ids at places that bake does not edit, and no ids that are current or unknown', async () => {
  const tags = [GONE, BEFORE, SEEDED, NOBODYS].map((id) => `{ Key: x, Value: ${id} }`).join(', ');
  const { rotated, unresolved } = await decided({ 'tags.yaml': `${queue(BEFORE)}Tags: [${tags}]\n` });
  expect(rotated).toEqual([['tags.yaml', BEFORE, SEEDED]]);
  const reason = expect.stringContaining('bake does not edit ids at such a place');
  expect(unresolved).toEqual([
    ['tags.yaml', '', reason],
    ['tags.yaml', '', reason],
  ]);
});

it('finds families in the tags of an image outside of all channels', async () => {
  const { facts } = await decided({ 'x.yaml': queue(SEEDED) }, { channel: 'nightly' });
  expect(new Map(facts.families).get(SEEDED)).toEqual({
    os: 'alinux2',
    arch: 'x86_64',
    parallelcluster: '3.15.1',
    region: 'us-east-1',
  });
});

it('leaves unknown images, and reports what to do', async () => {
  const { unresolved, rotated } = await decided({ 'x.yaml': queue(NOBODYS), 'y.yaml': queue(OFFICIAL) });
  expect(rotated).toEqual([]);
  expect(unresolved.map(([, , reason]) => reason)).toEqual([
    expect.stringMatching(
      /EC2 shows no such image in us-east-1 and no channel ever held it; .*rotate.families/,
    ),
    expect.stringMatching(/an official ParallelCluster image/),
  ]);
});

it('reports the Region of an image that is in another Region', async () => {
  const { unresolved } = await decided({ 'x.yaml': queue(SEEDED, 'eu-west-1') }, { channel: 'nightly' });
  expect(unresolved).toEqual([
    ['x.yaml', '', `the image is in us-east-1, this cluster in eu-west-1: write an id of eu-west-1 here`],
  ]);
});

it('follows the channel of a family that is not a target any more, if the run is about all families', async () => {
  const files = { 'x.yaml': queue(OLD_RELEASE) };
  // The image of the channel of 3.14.0 has the tag 3.15.1. The refusal shows that the channel was found.
  const [told] = (await decided(files)).unresolved;
  expect(told?.[2]).toMatch(`${SEEDED} is alinux2/x86_64/3.15.1, the image here alinux2/x86_64/3.14.0`);
  expect(await decided(files, { whole: false })).toMatchObject({ rotated: [], unresolved: [] });
});

it('follows another channel if it is named, and reports an empty one', async () => {
  const files = { 'x.yaml': queue(BEFORE) };
  expect((await decided(files, { channel: 'candidate' })).rotated).toEqual([['x.yaml', BEFORE, SEEDED]]);
  const { unresolved } = await decided(files, { channel: 'nightly' });
  expect(unresolved[0]?.[2]).toMatch(/channel nightly has no image for alinux2\/x86_64\/3.15.1 in us-east-1/);
});

it('follows what this run has published without reading it again, even if it does not exist yet', async () => {
  const name = '/hpc/ami/stable/alinux2/x86_64/3.15.1';
  const published = [{ region: 'us-east-1', name, value: null, previous: SEEDED }];
  const { plan } = await decided({ 'x.yaml': queue(SEEDED) }, {}, { published });
  expect(plan.rotated).toMatchObject([{ from: SEEDED, to: null }]);
  expect(plan.edits).toEqual([]);
});

it('does not call EC2 if every id is current', async () => {
  const calls = (): number => aws.calls.get('ec2:DescribeImages') ?? 0;
  const before = calls();
  expect((await decided({ 'x.yaml': queue(SEEDED) })).facts.found).toEqual([]);
  expect(calls()).toBe(before);
});
