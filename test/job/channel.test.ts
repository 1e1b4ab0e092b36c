/** Tests publish, promote and rollback in every Region, with tags, shares, protection and deprecation. */
import {
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DeregisterImageCommand,
  DisableImageDeregistrationProtectionCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterHistoryCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asRole } from '../../src/aws/identity.ts';
import { findAmis } from '../../src/aws/images.ts';
import { putAmiParameter, readHistory, readPath } from '../../src/aws/parameters.ts';
import { openSession } from '../../src/aws/session.ts';
import { promoteStage, publishStage, rollbackStage } from '../../src/pipeline/stages/moves.ts';
import { anyone } from '../support/account.ts';
import { openChannels, parameterOf, regions, writesOf, type Channels } from '../support/channels.ts';

const promote = promoteStage({ from: 'candidate', to: 'stable', unverified: false });
const rollback = rollbackStage({ channel: 'stable', steps: 1 });
const publish = publishStage({ image: undefined, unverified: false });
/** The image in stable of us-east-1 in the seeded account. */
const SEEDED = 'ami-00909c2f462ff8e3b';

let at: Channels;
beforeEach(async () => {
  at = await openChannels();
});
afterEach(() => at.close());

/** Publishes two builds, one after the other. */
async function twoPublishedTo(channel: string): Promise<[string[], string[]]> {
  const ids: string[][] = [];
  for (const print of ['aaaa', 'bbbb']) {
    ids.push((await at.bakeImage(print)).map(({ id }) => id));
    await at.run(publishStage({ image: ids.at(-1)?.[0], unverified: false }), { channel });
  }
  return ids as [string[], string[]];
}

async function countedRun(stage: typeof promote): Promise<Record<string, number>> {
  const session = openSession({ env: {}, endpoint: at.endpoint, credentials: anyone });
  await at.run(stage, { session });
  const writes = writesOf(session);
  session.close();
  return writes;
}

describe('promote', () => {
  it('changes every Region, protects the image, and deprecates the replaced one; a second promote writes nothing', async () => {
    const ids: string[][] = [];
    for (const print of ['aaaa', 'bbbb']) {
      ids.push((await at.bakeImage(print)).map(({ id }) => id));
      await at.run(publish);
      await at.run(promote);
    }
    const [a = [], b = []] = ids;
    expect(await at.values('stable')).toEqual([expect.any(String), SEEDED, a[0], b[0]]);
    expect(await at.values('stable', 'eu-west-1')).toEqual([a[1], b[1]]);
    for (const [index, region] of regions.entries()) {
      const now = await at.image(region, b[index] ?? '');
      expect(now).toMatchObject({ isProtected: true, deprecatedAt: undefined });
      expect(now.tags['bakery:channel-history']).toMatch(/^candidate@\S+ stable@\S+$/);
      const old = await at.image(region, a[index] ?? '');
      const days = (Date.parse(old.deprecatedAt ?? '') - Date.now()) / 86_400_000;
      expect(days).toBeCloseTo(90, 1);
      const snapshots = await at.aws
        .ec2(region)
        .send(new DescribeSnapshotsCommand({ SnapshotIds: now.snapshots }));
      expect(snapshots.Snapshots?.[0]?.Tags).toContainEqual({
        Key: 'bakery:fingerprint',
        Value: 'sha256:bbbb',
      });
      expect([...(await readPath(at.aws, region, '/hpc/ami/lock')).keys()]).toEqual([]);
    }
    expect(await countedRun(promote)).toEqual({});
  });

  it('writes nothing in any Region if one cannot, and names that Region', async () => {
    const [image] = await at.bakeImage('aaaa', { regions: ['us-east-1'] });
    await at.run(publish, { regions: ['us-east-1'] });
    await expect(at.run(promote)).rejects.toMatchObject({ code: 'CHANNEL_EMPTY', exit: 2 });
    expect(await at.values('stable')).not.toContain(image?.id);
    await at.run(promote, { regions: ['us-east-1'] });
    expect((await at.values('stable')).at(-1)).toBe(image?.id);
  });

  it('rejects different builds in different Regions', async () => {
    await at.bakeImage('aaaa', { regions: ['us-east-1'] });
    await at.run(publish, { regions: ['us-east-1'] });
    await at.bakeImage('bbbb', { regions: ['eu-west-1'] });
    await at.run(publish, { regions: ['eu-west-1'] });
    await expect(at.run(promote)).rejects.toMatchObject({ code: 'CHANNEL_SPLIT', exit: 2 });
  });

  it.each([
    ['red: 4 passed, 1 failed, 0 skipped', 'did not pass verification'],
    [undefined, 'was never verified'],
  ])('rejects an image whose verification is %s, except with --unverified', async (verify, reason) => {
    const [image] = await at.bakeImage('aaaa', { verify });
    await at.run(publishStage({ image: image?.id, unverified: true }));
    const errors = at.run(promote);
    await expect(errors).rejects.toMatchObject({ errors: [{ code: 'IMAGE_UNPROVEN', exit: 2 }, {}] });
    await expect(errors).rejects.toThrow(reason);
    await at.run(promoteStage({ from: 'candidate', to: 'stable', unverified: true }));
    expect((await at.values('stable')).at(-1)).toBe(image?.id);
  });

  it('never deprecates an image that another channel still holds', async () => {
    const [a] = await at.bakeImage('aaaa');
    await at.run(publishStage({ image: a?.id, unverified: false }));
    await at.run(promote);
    const [b] = await at.bakeImage('bbbb');
    await at.run(publishStage({ image: b?.id, unverified: false }));
    // The image left candidate, and stable still holds it.
    expect((await at.image('us-east-1', a?.id ?? '')).deprecatedAt).toBeUndefined();
    await at.run(promote);
    expect((await at.image('us-east-1', a?.id ?? '')).deprecatedAt).toBeDefined();
  });

  it('leaves one new version and no lease when three run at once', async () => {
    await at.bakeImage('aaaa');
    await at.run(publish);
    await Promise.all([at.run(promote), at.run(promote), at.run(promote)]);
    expect(await at.values('stable', 'eu-west-1')).toHaveLength(1);
    expect([...(await readPath(at.aws, 'eu-west-1', '/hpc/ami/lock')).keys()]).toEqual([]);
  });

  it('shows what it would write before it writes', async () => {
    const [image] = await at.bakeImage('aaaa');
    await at.run(publish);
    const planned = await at.run(promote, { mode: 'plan' });
    expect(planned.parameters[0]).toMatchObject({ value: image?.id, previous: SEEDED });
    expect(planned.notes.join()).toContain(`deprecates ${SEEDED} on `);
    expect(await at.values('stable')).not.toContain(image?.id);
  });
});

describe('rollback', () => {
  it('needs at most two writes for each parameter, and removes the deprecation date', async () => {
    const [a] = await twoPublishedTo('stable');
    // Each of the two Regions also acquires and releases the lease of the channel.
    expect(await countedRun(rollback)).toEqual({
      'ssm:PutParameter': 4,
      'ssm:DeleteParameter': 2,
      'ec2:DisableImageDeprecation': 2,
    });
    for (const [index, region] of regions.entries()) {
      expect((await at.values('stable', region)).at(-1)).toBe(a[index]);
      expect((await at.image(region, a[index] ?? '')).deprecatedAt).toBeUndefined();
    }
    const history = await at.aws
      .ssm('us-east-1')
      .send(new GetParameterHistoryCommand({ Name: parameterOf('stable') }));
    expect(history.Parameters?.at(-1)?.Description).toMatch(/^bake rollback from ami-\w+ \(run \w{8}\)$/);
  });

  it('withdraws the image until a person publishes it by its id', async () => {
    const [a, b] = await twoPublishedTo('stable');
    await at.run(publish);
    await at.run(rollback);
    await expect(at.run(promote)).rejects.toMatchObject({
      errors: [{ code: 'IMAGE_WITHDRAWN', exit: 2 }, {}],
    });
    expect((await at.values('stable')).at(-1)).toBe(a[0]);
    await at.run(publishStage({ image: b[0], unverified: false }), { channel: 'stable' });
    expect((await at.values('stable')).at(-1)).toBe(b[0]);
  });

  it('goes back the given number of steps, and not beyond the history', async () => {
    await twoPublishedTo('stable');
    await at.run(rollbackStage({ channel: 'stable', steps: 2 }), { regions: ['us-east-1'] });
    expect((await at.values('stable')).at(-1)).toBe(SEEDED);
    await expect(at.run(rollbackStage({ channel: 'stable', steps: 2 }))).rejects.toMatchObject({
      errors: [{ code: 'ROLLBACK_NOWHERE' }, { code: 'ROLLBACK_NOWHERE' }],
    });
  });

  it('names the next existing image if the previous one no longer exists', async () => {
    const [a] = await twoPublishedTo('stable');
    const id = { ImageId: a[0] ?? '' };
    await at.aws.ec2('us-east-1').send(new DisableImageDeregistrationProtectionCommand(id));
    await at.aws.ec2('us-east-1').send(new DeregisterImageCommand(id));
    await expect(at.run(rollback)).rejects.toMatchObject({
      code: 'ROLLBACK_GONE',
      exit: 2,
      hint: expect.stringContaining(`${SEEDED}, since`),
    });
    expect((await at.values('stable', 'eu-west-1')).at(-1)).not.toBe(a[1]);
  });

  it('reports a foreign write at the same moment', async () => {
    const [a, b] = await twoPublishedTo('stable');
    const interrupted: typeof rollback = {
      ...rollback,
      async apply(world, plan) {
        await putAmiParameter(at.aws, 'us-east-1', parameterOf('stable'), SEEDED, 'by hand');
        await rollback.apply(world, plan);
      },
    };
    await expect(at.run(interrupted)).rejects.toMatchObject({
      code: 'PUBLISH_PARTLY',
      exit: 4,
      message: expect.stringContaining(`held ${b[0]} when this run began; another process wrote ${SEEDED}`),
    });
    expect((await at.values('stable')).at(-1)).toBe(SEEDED);
    expect((await at.values('stable', 'eu-west-1')).at(-1)).toBe(a[1]);
  });
});

describe('publish', () => {
  const share = {
    accounts: ['444455556666'],
    organizations: ['arn:aws:organizations::111122223333:organization/o-abcdefghij'],
    organizationalUnits: ['arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-34567890'],
    role: null,
  };

  it('makes the missing copies with their tags, and shares image and snapshot in every Region', async () => {
    const [image] = await at.bakeImage('aaaa', { regions: ['us-east-1'] });
    const done = await at.run(publish, { settings: { share } });
    expect(done.images.map(({ region }) => region)).toEqual(regions);
    for (const { region, image: found } of done.images) {
      const ami = found as NonNullable<typeof found>;
      expect(ami.tags['bakery:fingerprint']).toBe('sha256:aaaa');
      const ec2 = at.aws.ec2(region);
      const launch = await ec2.send(
        new DescribeImageAttributeCommand({ ImageId: ami.id, Attribute: 'launchPermission' }),
      );
      expect(launch.LaunchPermissions).toEqual([
        { UserId: '444455556666' },
        { OrganizationArn: share.organizations[0] },
        { OrganizationalUnitArn: share.organizationalUnits[0] },
      ]);
      const SnapshotId = ami.snapshots[0];
      const volumes = await ec2.send(
        new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' }),
      );
      expect(volumes.CreateVolumePermissions).toEqual([{ UserId: '444455556666' }]);
    }
    expect(done.images[0]?.image?.id).toBe(image?.id);
    const session = openSession({ env: {}, endpoint: at.endpoint, credentials: anyone });
    await at.run(publish, { settings: { share }, session });
    expect(writesOf(session)).toEqual({});
    session.close();
  });

  it('writes parameters and tags in the accounts that it shares with, through a role, and rolls back there, too', async () => {
    const theirs = '222233334444';
    const role = 'arn:aws:iam::{account}:role/bakery-publish';
    const settings = { share: { ...share, accounts: [theirs], role } };
    const [first] = await at.bakeImage('aaaa');
    await at.run(publish, { settings });
    const [image] = await at.bakeImage('bbbb');
    const done = await at.run(publish, { settings });
    expect(done.parameters.map(({ region, account, value }) => [region, account, value])).toEqual([
      ['us-east-1', undefined, image?.id],
      ['us-east-1', theirs, image?.id],
      ['eu-west-1', undefined, expect.any(String)],
      ['eu-west-1', theirs, expect.any(String)],
    ]);
    const session = openSession({ env: {}, endpoint: at.endpoint, credentials: anyone });
    const there = asRole(session, 'us-east-1', role.replace('{account}', theirs), 'test');
    expect(await readHistory(there, 'us-east-1', parameterOf('candidate'))).toEqual([first?.id, image?.id]);
    const [seen] = await findAmis(there, 'us-east-1', { ids: [image?.id ?? ''] });
    expect(seen?.tags).toMatchObject({ 'parallelcluster:os': 'alinux2' });
    // All clients share the answer for one role.
    expect(session.calls.get('sts:AssumeRole')).toBe(1);
    await at.run(publish, { settings, session });
    expect(writesOf(session)).toEqual({ 'sts:AssumeRole': 1 });
    expect(writesOf(there)).toEqual({});
    await at.run(rollbackStage({ channel: 'candidate', steps: 1 }), { settings });
    expect((await readHistory(there, 'us-east-1', parameterOf('candidate'))).at(-1)).toBe(first?.id);
    session.close();
  });

  it('rejects an image of another target', async () => {
    const wrong = publishStage({ image: 'ami-0f8e0c679a331b974', unverified: true });
    await expect(at.run(wrong)).rejects.toMatchObject({ code: 'IMAGE_FOREIGN', exit: 2 });
  });
});

describe('under 20 % throttles, 5xx and lost answers together', () => {
  it('promote and rollback have the same result', async () => {
    const [[a], [b, copy]] = await twoPublishedTo('candidate');
    await at.faults({ throttle: 0.07, serverError: 0.07, lostAnswer: 0.06, seed: 7 });
    await at.run(promote);
    await at.faults({});
    expect((await at.values('stable')).at(-1)).toBe(b);
    expect((await at.values('stable', 'eu-west-1')).at(-1)).toBe(copy);
    await at.faults({ throttle: 0.07, serverError: 0.07, lostAnswer: 0.06, seed: 8 });
    await at.run(rollbackStage({ channel: 'candidate', steps: 1 }));
    await at.faults({});
    expect((await at.values('candidate')).at(-1)).toBe(a);
    expect((await at.image('us-east-1', a ?? '')).deprecatedAt).toBeUndefined();
    for (const region of regions) {
      expect([...(await readPath(at.aws, region, '/hpc/ami/lock')).keys()]).toEqual([]);
    }
  }, 60_000);
});
