/** Tests copies to other Regions that fail, disappear or change between two runs of the same command. */
import { DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAmis, tagAmi, type Ami } from '../../src/aws/images.ts';
import { publishStage } from '../../src/pipeline/stages/moves.ts';
import { makeCopy } from '../../src/publish/copy.ts';
import { findLeftovers } from '../../src/reap/find.ts';
import { planReap } from '../../src/reap/plan.ts';
import { openChannels, type Channels } from '../support/channels.ts';

const publish = publishStage({ image: undefined, unverified: false });
const THERE = 'eu-west-1';

let at: Channels;
let source: Ami;
beforeEach(async () => {
  at = await openChannels();
  [source] = (await at.bakeImage('0a1b2c3d', { regions: ['us-east-1'] })) as [Ami];
});
afterEach(() => at.close());

function copy(more: { kmsKey?: string } = {}): Promise<Ami> {
  const signal = AbortSignal.timeout(60_000);
  return makeCopy(at.aws, source, THERE, { kmsKey: 'alias/bakery', signal, visibleMs: 1, ...more });
}

async function inState(state: string): Promise<Ami[]> {
  const found = await findAmis(at.aws, THERE, { owners: ['self'], filters: { name: [`${source.name}*`] } });
  return found.filter((image) => image.state === state);
}

describe('a copy that failed', () => {
  it('is reported with the reason of EC2, and the same command makes a new one', async () => {
    await at.faults({ failCopies: true });
    const reason = 'is failed: AMI copy failed: the KMS key is not accessible';
    await expect(at.run(publish)).rejects.toMatchObject({
      code: 'PUBLISH_PARTLY',
      context: { failed: [expect.stringContaining(reason)] },
    });
    await expect(at.run(publish)).rejects.toThrow(reason);
    await at.faults({});
    const { images } = await at.run(publish);
    const dead = await inState('failed');
    expect(dead).toHaveLength(2);
    expect(images[1]?.image?.state).toBe('available');
    expect(dead.map(({ id }) => id)).not.toContain(images[1]?.image?.id);
  });

  it('is a leftover, although it has the tags of a finished image; the good copy is none', async () => {
    await at.faults({ failCopies: true });
    await expect(copy()).rejects.toMatchObject({ code: 'IMAGE_LOST' });
    await at.faults({});
    await copy();
    const found = await findLeftovers(at.aws, THERE, 'bakery', { logged: [], untagged: [] });
    const plan = planReap({
      region: THERE,
      found,
      live: new Set(),
      liveFingerprints: new Set(),
      prefix: 'bakery',
      untagged: [],
    });
    expect(plan.map(({ id }) => id)).toEqual((await inState('failed')).map(({ id }) => id));
  });
});

describe('within a day of the first copy, a new one is made', () => {
  it.each([
    [
      'after the failed one was removed',
      async () => {
        await at.faults({ failCopies: true });
        await copy().catch(() => undefined);
        await at.faults({});
        await at.aws
          .ec2(THERE)
          .send(new DeregisterImageCommand({ ImageId: (await inState('failed'))[0]?.id }));
      },
    ],
    [
      'after a person deregistered the good one',
      async () => {
        await at.aws.ec2(THERE).send(new DeregisterImageCommand({ ImageId: (await copy()).id }));
      },
    ],
    [
      'after the tags of the source changed',
      async () => {
        await at.faults({ failCopies: true });
        await copy().catch(() => undefined);
        await at.faults({});
        await tagAmi(at.aws, source.region, source.id, { 'bakery:channel-history': 'stable@2026-11-21' });
        source = await at.image(source.region, source.id);
      },
    ],
    [
      'with another key',
      async () => {
        await at.faults({ failCopies: true });
        await copy({ kmsKey: 'alias/closed' }).catch(() => undefined);
        await at.faults({});
      },
    ],
  ])('%s', async (_, before) => {
    await before();
    const made = await copy();
    expect(made.state).toBe('available');
    expect((await inState('available')).map(({ id }) => id)).toEqual([made.id]);
  });

  it('but not for a repeat', async () => {
    const [one, two] = await Promise.all([copy(), copy()]);
    expect(one.id).toBe(two.id);
    expect(await inState('available')).toHaveLength(1);
  });
});
