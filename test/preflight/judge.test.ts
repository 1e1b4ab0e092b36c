/** The builder's place, read from the sandbox over the wire and judged. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import { imageBuilderNeeds } from '../../src/engines/imagebuilder/needs.ts';
import { packerNeeds } from '../../src/engines/packer/needs.ts';
import { gatherPlace, type PlaceRequest } from '../../src/preflight/gather.ts';
import { judge } from '../../src/preflight/judge.ts';
import { networkIds } from '../../src/sandbox/ec2/network/built-in.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { anyone } from '../support/account.ts';
import { emptyFolder } from '../support/project.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox({ state: emptyFolder(), rehearse: 'off' });
});
afterAll(() => sandbox.close());

const needsOf = {
  imagebuilder: imageBuilderNeeds({}, 'us-east-1'),
  'packer by SSH': packerNeeds({ ssh: 'private' }),
  'packer by Session Manager': packerNeeds({ ssh: 'session-manager' }),
};

const request: PlaceRequest = {
  region: 'us-east-1',
  partition: 'aws',
  needs: needsOf.imagebuilder,
  arch: 'x86_64',
  subnet: undefined,
  groups: [],
  instanceType: 'c5.xlarge',
  profile: 'EC2InstanceProfileForImageBuilder',
  keys: {},
  mirrors: [],
};

function session(): Session {
  return openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
}

/** A session of its own for each: what was asked before is remembered. */
async function look(more: Partial<PlaceRequest>) {
  const aws = session();
  const facts = await gatherPlace(aws, { ...request, ...more });
  aws.close();
  const calls = [...aws.calls.values()].reduce((sum, count) => sum + count, 0);
  const { findings, unchecked } = judge(facts);
  return { told: findings.map(({ about, found }) => `${about}: ${found}`), unchecked, calls };
}

const fit = { subnet: networkIds.privateSubnets[0], groups: [networkIds.builderGroup] };
const broken = { subnet: networkIds.brokenSubnet, groups: [networkIds.brokenGroup] };

describe('a builder', () => {
  test('in the default VPC has nothing in its way', async () => {
    expect(await look({})).toEqual({ told: [], unchecked: [], calls: 6 });
  });

  test.each(Object.entries(needsOf))(
    'of %s in a private subnet with all endpoints has nothing in its way',
    async (_way, needs) => {
      const { told, unchecked, calls } = await look({ ...fit, needs, mirrors: ['https://10.9.8.7/'] });
      expect({ told, unchecked }).toEqual({ told: [], unchecked: [] });
      expect(calls).toBeLessThanOrEqual(12);
    },
  );

  test('in a broken subnet is told everything at once', async () => {
    const { told } = await look({
      ...broken,
      mirrors: ['https://10.9.8.7/'],
      profile: 'bakery-without-session-manager',
    });
    const { brokenGroup, brokenEndpointGroup, brokenSubnet, brokenVpc } = networkIds;
    expect(
      told.map((text) => text.replace(/vpce-\w+/, 'ENDPOINT').replace(/through tgw-\w+/, 'TGW')),
    ).toEqual([
      `${brokenGroup}: nothing is let out at port 443`,
      'ENDPOINT: private DNS of the endpoint for ssm is off',
      `${brokenSubnet}: no endpoint for ssmmessages in ${brokenVpc}, and to the internet no route`,
      `${brokenEndpointGroup}: the endpoints for ssm, ec2messages, imagebuilder, logs let neither ${brokenGroup} nor 10.41.1.0/24 in at port 443`,
      'ENDPOINT: its policy does not let objects of ec2imagebuilder-toe-us-east-1-prod through',
      `${brokenSubnet}: to https://10.9.8.7/ (10.9.8.7) the route to 10.0.0.0/8 TGW is a black hole: its target is gone`,
      'instance profile bakery-without-session-manager: its role bakery-without-session-manager may not ssm:UpdateInstanceInformation, ssmmessages:CreateControlChannel, ssmmessages:OpenDataChannel, ec2messages:GetMessages',
    ]);
  });

  test('that Packer reaches by SSH is told when nobody is let in', async () => {
    const { told } = await look({ ...broken, needs: needsOf['packer by SSH'] });
    expect(told).toContain(`${networkIds.brokenGroup}: nobody is let in at port 22`);
  });

  test('whose ids and names do not exist is told each of them', async () => {
    const zero = '0'.repeat(17);
    const { told } = await look({
      subnet: `subnet-${zero}`,
      groups: [`sg-${zero}`],
      instanceType: 'q1.xlarge',
      profile: 'nobody',
    });
    expect(told).toEqual([
      `builder.subnet: subnet-${zero} does not exist in us-east-1`,
      `builder.securityGroups: sg-${zero} does not exist in us-east-1`,
      'builder.instanceType: us-east-1 has no q1.xlarge',
      'instance profile nobody: there is none of that name',
    ]);
  });

  test('with a security group of another VPC, or an instance type of another architecture, is told so', async () => {
    const { told } = await look({ ...fit, groups: [networkIds.brokenGroup], arch: 'arm64' });
    expect(told).toContain(`${networkIds.brokenGroup}: it belongs to ${networkIds.brokenVpc}`);
    expect(told).toContain('builder.instanceType: c5.xlarge is x86_64');
  });

  test('whose KMS keys are not there, disabled or of the wrong kind is told so, per Region', async () => {
    const config = { endpoint: sandbox.endpoint, region: 'us-east-1', credentials: anyone };
    const kms = new KMSClient(config);
    const good = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const signing = await kms.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    );
    kms.destroy();
    expect((await look({ keys: { 'us-east-1': good } })).told).toEqual([]);
    const wrong = signing.KeyMetadata?.KeyId ?? '';
    expect((await look({ keys: { 'us-east-1': wrong, 'eu-west-1': 'alias/nobody' } })).told).toEqual([
      `builder.kms us-east-1: ${wrong} is no symmetric encryption key`,
      'builder.kms eu-west-1: there is no key alias/nobody',
    ]);
  });

  test('whose mirror has no address here goes on, and that is said', async () => {
    const { told, unchecked } = await look({ ...fit, mirrors: ['https://mirror.invalid/'] });
    expect(told).toEqual([]);
    expect(unchecked).toHaveLength(1);
    expect(unchecked[0]).toMatch(/^the way to https:\/\/mirror\.invalid\/: its name cannot be resolved/);
  });
});

test('targets that share a place share the calls', async () => {
  const aws = session();
  const count = (): number => [...aws.calls.values()].reduce((sum, one) => sum + one, 0);
  await gatherPlace(aws, { ...request, ...fit });
  const first = count();
  await Promise.all([1, 2, 3].map(() => gatherPlace(aws, { ...request, ...fit })));
  expect(count()).toBe(first);
  aws.close();
});
