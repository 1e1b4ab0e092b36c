/** Tests channels against another server than ours: moto, with accounts of its own. */
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asRole } from '../../src/aws/identity.ts';
import { putAmiParameter } from '../../src/aws/parameters.ts';
import { openSession } from '../../src/aws/session.ts';
import { promoteStage, publishStage, rollbackStage } from '../../src/pipeline/stages/moves.ts';
import { anyone } from '../support/account.ts';
import { openChannels, parameterOf, regions, writesOf, type Channels } from '../support/channels.ts';
import { motoMissing, startMoto, type Moto } from './moto.ts';

const missing = motoMissing();
const OTHER = '444455556666';
const role = 'arn:aws:iam::{account}:role/bakery-publish';

/** Calls that moto lacks (aws-cases.ts): deprecation and protection; and it reads volume permissions in one spelling only. */
const able = { protect: false, deprecateAfterDays: null };

describe.skipIf(missing !== undefined)(
  `channels on moto${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let moto: Moto;
    let at: Channels;
    beforeAll(async () => {
      moto = await startMoto();
      const aws = openSession({ env: {}, endpoint: moto.endpoint, credentials: anyone });
      const { Images } = await aws.ec2('us-east-1').send(new DescribeImagesCommand({ Owners: ['amazon'] }));
      const base = Images?.find((image) => image.Architecture === 'x86_64')?.ImageId ?? '';
      aws.close();
      at = await openChannels({ endpoint: moto.endpoint, base });
    });
    afterAll(async () => {
      await at?.close();
      await moto?.close();
    });

    test('publish, promote and rollback work as on the sandbox; a second time they write nothing', async () => {
      const images: string[][] = [];
      for (const print of ['aaaa', 'bbbb']) {
        images.push((await at.bakeImage(print)).map(({ id }) => id));
        await at.run(publishStage({ image: images.at(-1)?.[0], unverified: false }), { settings: able });
        await at.run(promoteStage({ from: 'candidate', to: 'stable', unverified: false }), {
          settings: able,
        });
      }
      const [a = [], b = []] = images;
      expect(await at.values('stable')).toEqual([a[0], b[0]]);
      expect(await at.values('stable', 'eu-west-1')).toEqual([a[1], b[1]]);
      const session = openSession({ env: {}, endpoint: moto.endpoint, credentials: anyone });
      const again = { settings: able, session };
      await at.run(promoteStage({ from: 'candidate', to: 'stable', unverified: false }), again);
      expect(writesOf(session)).toEqual({});
      await at.run(rollbackStage({ channel: 'stable', steps: 1 }), again);
      // In each Region: the lease, the parameter, and the end of the lease.
      expect(writesOf(session)).toEqual({ 'ssm:PutParameter': 4, 'ssm:DeleteParameter': 2 });
      expect((await at.values('stable', 'eu-west-1')).at(-1)).toBe(a[1]);
      session.close();
    });

    // moto does not show an account the images that another shares with it: test/job/channel.test.ts tests the rest.
    test('bake writes in another account by a role of that account', async () => {
      const session = openSession({ env: {}, endpoint: moto.endpoint, credentials: anyone });
      const theirs = asRole(session, 'us-east-1', role.replace('{account}', OTHER), 'test');
      for (const region of regions) {
        await putAmiParameter(theirs, region, parameterOf('shared'), 'ami-0aaaaaaaaaaaaaaaa', 'bake publish');
        const read = await theirs.ssm(region).send(new GetParameterCommand({ Name: parameterOf('shared') }));
        expect(read.Parameter?.ARN).toContain(`:${OTHER}:`);
      }
      expect(await at.values('shared')).toEqual([]);
      expect(session.calls.get('sts:AssumeRole')).toBe(1);
      session.close();
    });
  },
);
