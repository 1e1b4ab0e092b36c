/** Tests the preflight check: facts that are read from the sandbox over HTTP, and the findings about them. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import { imageBuilderNeeds } from '../../src/engines/imagebuilder/needs.ts';
import { packerNeeds } from '../../src/engines/packer/needs.ts';
import { gatherPlace, type PlaceRequest } from '../../src/preflight/gather.ts';
import { assessFacts } from '../../src/preflight/assess.ts';
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

/** Uses a new session each time, because a session remembers its answers. */
async function check(more: Partial<PlaceRequest>) {
  const aws = session();
  const facts = await gatherPlace(aws, { ...request, ...more });
  aws.close();
  const calls = [...aws.calls.values()].reduce((sum, count) => sum + count, 0);
  const { findings, unchecked } = assessFacts(facts);
  return { found: findings.map(({ about, found }) => `${about}: ${found}`), unchecked, calls };
}

const fit = { subnet: networkIds.privateSubnets[0], groups: [networkIds.builderGroup] };
const broken = { subnet: networkIds.brokenSubnet, groups: [networkIds.brokenGroup] };

describe('a builder', () => {
  test('in the default VPC has no findings', async () => {
    expect(await check({})).toEqual({ found: [], unchecked: [], calls: 6 });
  });

  test.each(Object.entries(needsOf))(
    'for %s in a private subnet with all endpoints has no findings',
    async (_way, needs) => {
      const { found, unchecked, calls } = await check({ ...fit, needs, mirrors: ['https://10.9.8.7/'] });
      expect({ found, unchecked }).toEqual({ found: [], unchecked: [] });
      expect(calls).toBeLessThanOrEqual(12);
    },
  );

  test('in a broken subnet gets all findings at once', async () => {
    const { found } = await check({
      ...broken,
      mirrors: ['https://10.9.8.7/'],
      profile: 'bakery-without-session-manager',
    });
    const { brokenGroup, brokenEndpointGroup, brokenSubnet, brokenVpc } = networkIds;
    expect(
      found.map((text) => text.replace(/vpce-\w+/, 'ENDPOINT').replace(/through tgw-\w+/, 'TGW')),
    ).toEqual([
      `${brokenGroup}: no outbound rule allows port 443`,
      'ENDPOINT: private DNS of the endpoint for ssm is off',
      `${brokenSubnet}: no endpoint for ssmmessages in ${brokenVpc}, and no access to the internet: no route`,
      `${brokenEndpointGroup}: the endpoints for ssm, imagebuilder, logs allow port 443 neither from ${brokenGroup} nor from 10.41.1.0/24`,
      'ENDPOINT: its policy does not allow reading objects of ec2imagebuilder-toe-us-east-1-prod',
      `${brokenSubnet}: cannot reach https://10.9.8.7/ (10.9.8.7): the route to 10.0.0.0/8 TGW is a black hole: its target no longer exists`,
      'instance profile bakery-without-session-manager: its role bakery-without-session-manager does not allow ssm:UpdateInstanceInformation, ssmmessages:CreateControlChannel, ssmmessages:OpenDataChannel',
    ]);
  });

  test('that Packer reaches over SSH gets a finding if no rule allows port 22', async () => {
    const { found } = await check({ ...broken, needs: needsOf['packer by SSH'] });
    expect(found).toContain(`${networkIds.brokenGroup}: no inbound rule allows port 22`);
  });

  test('whose ids and names do not exist gets a finding for each of them', async () => {
    const zero = '0'.repeat(17);
    const { found } = await check({
      subnet: `subnet-${zero}`,
      groups: [`sg-${zero}`],
      instanceType: 'q1.xlarge',
      profile: 'missing',
    });
    expect(found).toEqual([
      `builder.subnet: subnet-${zero} does not exist in us-east-1`,
      `builder.securityGroups: sg-${zero} does not exist in us-east-1`,
      'builder.instanceType: us-east-1 has no q1.xlarge',
      'instance profile missing: it does not exist',
    ]);
  });

  test('with a security group of another VPC, or an instance type of another architecture, gets a finding', async () => {
    const { found } = await check({ ...fit, groups: [networkIds.brokenGroup], arch: 'arm64' });
    expect(found).toContain(`${networkIds.brokenGroup}: it belongs to ${networkIds.brokenVpc}`);
    expect(found).toContain('builder.instanceType: c5.xlarge is x86_64');
  });

  test('whose KMS keys do not exist or are of the wrong kind gets a finding for each Region', async () => {
    const config = { endpoint: sandbox.endpoint, region: 'us-east-1', credentials: anyone };
    const kms = new KMSClient(config);
    const good = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const signing = await kms.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    );
    kms.destroy();
    expect((await check({ keys: { 'us-east-1': good } })).found).toEqual([]);
    const wrong = signing.KeyMetadata?.KeyId ?? '';
    expect((await check({ keys: { 'us-east-1': wrong, 'eu-west-1': 'alias/missing' } })).found).toEqual([
      `builder.kms us-east-1: ${wrong} is not a symmetric encryption key`,
      'builder.kms eu-west-1: the key alias/missing does not exist',
    ]);
  });

  test('whose mirror this machine cannot resolve has no findings and is reported as unchecked', async () => {
    const { found, unchecked } = await check({ ...fit, mirrors: ['https://mirror.invalid/'] });
    expect(found).toEqual([]);
    expect(unchecked).toHaveLength(1);
    expect(unchecked[0]).toMatch(
      /^whether the build instance reaches https:\/\/mirror\.invalid\/: this machine cannot resolve/,
    );
  });
});

test('targets with the same builder settings share the calls', async () => {
  const aws = session();
  const count = (): number => [...aws.calls.values()].reduce((sum, one) => sum + one, 0);
  await gatherPlace(aws, { ...request, ...fit });
  const first = count();
  await Promise.all([1, 2, 3].map(() => gatherPlace(aws, { ...request, ...fit })));
  expect(count()).toBe(first);
  aws.close();
});
