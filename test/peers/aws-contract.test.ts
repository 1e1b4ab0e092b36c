/** Tests that the sandbox accepts no more than AWS: one list of cases, run against the sandbox and moto server. */
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientsFor, openAccount, type Clients } from '../sandbox/account.ts';
import { cases, type CaseWorld } from './aws-cases.ts';
import { motoMissing, startMoto, type Moto } from './moto.ts';

const missing = motoMissing();

let serial = 0;

/** One lookup per server: moto takes seconds to list its thousand images. */
const foreigners = new Map<string, Promise<string>>();

async function foreignImage(endpoint: string, { ec2 }: Clients): Promise<string> {
  const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'], Filters }));
  const plain = Images.find((image) => image.BlockDeviceMappings?.[0]?.Ebs?.Encrypted !== true);
  if (!plain?.ImageId) throw new Error(`${endpoint} has no image of amazon's`);
  return plain.ImageId;
}

async function worldAt(endpoint: string): Promise<CaseWorld> {
  const here: Clients = clientsFor(endpoint, 'us-east-1');
  const looking = foreigners.get(endpoint) ?? foreignImage(endpoint, here);
  foreigners.set(endpoint, looking);
  serial += 1;
  return {
    here,
    there: clientsFor(endpoint, 'eu-west-1'),
    foreign: await looking,
    name: `case-${process.pid}-${serial}`,
  };
}

describe('the sandbox answers as AWS does', () => {
  test.each(Object.entries(cases))('%s', async (_title, one) => {
    const { sandbox } = await openAccount();
    expect(await one.run(await worldAt(sandbox.endpoint))).toEqual(one.aws);
  });
});

describe.skipIf(missing !== undefined)(
  `moto answers as AWS does${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto?.close());

    test.each(Object.entries(cases))('%s', async (_title, one) => {
      const answer = await one.run(await worldAt(moto.endpoint)).catch((error: Error) => error.name);
      // When moto answers as AWS does, its note in the list must go.
      if (one.moto === undefined) expect(answer).toEqual(one.aws);
      else expect(answer, one.moto).not.toEqual(one.aws);
    });
  },
);
