/** The wire protocols without an SDK client: credential scopes, encodings and refusals. */
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientsFor, control, errorName, openAccount } from './account.ts';

function signed(service: string, region = 'us-east-1'): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function post(
  endpoint: string,
  headers: Record<string, string>,
  body: string,
  path = '/',
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(`${endpoint}${path}`, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** Sends a request as a browser would under another host name. */
function rawStatus(endpoint: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${endpoint}/_sandbox/calls`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('a request', () => {
  test('is refused if it is not signed', async () => {
    const { sandbox } = await openAccount();
    const answer = await post(sandbox.endpoint, form, 'Action=DescribeImages&Version=2016-11-15');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('gets a 4xx response with a code for an unknown service or operation', async () => {
    const { sandbox } = await openAccount();
    const { endpoint } = sandbox;
    expect(await post(endpoint, signed('lambda'), '')).toMatchObject({
      status: 400,
      text: expect.stringContaining('UnknownService'),
    });
    expect(await post(endpoint, { ...signed('ec2'), ...form }, 'Action=BrewCoffee')).toMatchObject({
      status: 400,
      text: expect.stringContaining('InvalidAction'),
    });
    expect(await post(endpoint, { ...signed('ec2'), ...form }, '')).toMatchObject({
      status: 400,
      text: expect.stringContaining('MissingAction'),
    });
    expect(await post(endpoint, { ...signed('ec2'), ...form }, 'Action=toString')).toMatchObject({
      status: 400,
    });
    expect(
      await post(endpoint, { ...signed('ssm'), 'x-amz-target': 'AmazonSSM.BrewCoffee' }, '{}'),
    ).toMatchObject({ status: 400, text: expect.stringContaining('UnknownOperationException') });
    expect(await post(endpoint, signed('imagebuilder'), '{}', '/BrewCoffee')).toMatchObject({ status: 404 });
  });

  test('is refused by EC2 if it has unknown parameters', async () => {
    const { sandbox } = await openAccount();
    const ec2 = (body: string): Promise<{ status: number; text: string }> =>
      post(sandbox.endpoint, { ...signed('ec2'), ...form }, body);
    expect(await ec2('Action=DescribeImages&Colour=red')).toMatchObject({
      status: 400,
      text: expect.stringContaining('<Code>UnknownParameter</Code>'),
    });
    expect(await ec2('Action=DescribeImages&Owner.x=self')).toMatchObject({ status: 400 });
    expect(await ec2('Action=DescribeImages&MaxResults=many')).toMatchObject({
      status: 400,
      text: expect.stringContaining('InvalidParameterValue'),
    });
    expect(await ec2('Action=CopyImage&Name=x')).toMatchObject({
      status: 400,
      text: expect.stringContaining('<Code>MissingParameter</Code>'),
    });
    expect(await ec2('Action=CreateTags&ResourceId.1=ami-1&Tag.1.Key=a')).toMatchObject({
      status: 400,
      text: expect.stringContaining('InvalidAMIID.Malformed'),
    });
  });

  test('is refused by the JSON services if a value has the wrong type', async () => {
    const { sandbox } = await openAccount();
    const ssm = (body: string): Promise<{ status: number; text: string }> =>
      post(sandbox.endpoint, { ...signed('ssm'), 'x-amz-target': 'AmazonSSM.PutParameter' }, body);
    expect(await ssm('[]')).toMatchObject({
      status: 400,
      text: expect.stringContaining('SerializationException'),
    });
    expect(await ssm('{')).toMatchObject({
      status: 400,
      text: expect.stringContaining('SerializationException'),
    });
    expect(await ssm('{"Name":1,"Value":"x"}')).toMatchObject({
      status: 400,
      text: expect.stringContaining('SerializationException'),
    });
    expect(await ssm('{"Name":"x"}')).toMatchObject({
      status: 400,
      text: expect.stringContaining('ValidationException'),
    });
    expect(await ssm(`{"Name":"x","Value":"v","Type":"Blob"}`)).toMatchObject({
      status: 400,
      text: expect.stringContaining('[String, StringList, SecureString]'),
    });
  });

  test('gets return true and a request id if the operation has no output', async () => {
    const { sandbox } = await openAccount();
    const tags = 'Action=CreateTags&ResourceId.1=ami-04aaaaaaaaaaaaaaa&Tag.1.Key=a';
    const missing = await post(sandbox.endpoint, { ...signed('ec2'), ...form }, tags);
    expect(missing.text).toContain('InvalidAMIID.NotFound');
    const list = await post(
      sandbox.endpoint,
      { ...signed('ec2'), ...form },
      'Action=DescribeImages&Owner.1=self',
    );
    const id = /<imageId>(ami-[0-9a-f]+)</.exec(list.text)?.[1] ?? '';
    const done = await post(
      sandbox.endpoint,
      { ...signed('ec2'), ...form },
      tags.replace('ami-04aaaaaaaaaaaaaaa', id),
    );
    expect(done.text).toMatch(
      /<CreateTagsResponse xmlns="http:\/\/ec2\.amazonaws\.com\/doc\/2016-11-15\/?"><requestId>[0-9a-f-]{36}<\/requestId><return>true<\/return>/,
    );
  });

  test("is dated by the account's clock", async () => {
    const { sandbox } = await openAccount({ clock: new Date('2031-05-06T07:08:09Z') });
    const answer = await post(
      sandbox.endpoint,
      { ...signed('sts'), ...form },
      'Action=GetCallerIdentity&Version=2011-06-15',
    );
    expect(answer.headers.get('date')).toMatch(/^Tue, 06 May 2031 07:08:/);
  });

  test('is refused if it comes from a web page, by origin and by host name', async () => {
    const { sandbox } = await openAccount();
    expect(await rawStatus(sandbox.endpoint, {})).toBe(200);
    expect(await rawStatus(sandbox.endpoint, { origin: 'https://evil.example' })).toBe(403);
    expect(await rawStatus(sandbox.endpoint, { host: 'evil.example' })).toBe(403);
    expect(await rawStatus(sandbox.endpoint, { host: 'localhost:1' })).toBe(200);
  });

  test('is refused above 10 MB', async () => {
    const { sandbox } = await openAccount();
    expect(await post(sandbox.endpoint, signed('ssm'), 'x'.repeat(10_000_001))).toMatchObject({
      status: 413,
    });
  });

  test('is counted by service and operation', async () => {
    const { sandbox, sts } = await openAccount();
    await sts.send(new GetCallerIdentityCommand({}));
    await sts.send(new GetCallerIdentityCommand({}));
    expect(await control(sandbox, 'calls')).toEqual({ 'sts:GetCallerIdentity': 2 });
    expect(await control(sandbox, 'nothing')).toMatchObject({ error: 'NotFound' });
  });
});

test('STS returns the identity of the caller and credentials for the roles of this account', async () => {
  const { sandbox, sts } = await openAccount();
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '111122223333' });
  const assume = (account: string): Promise<unknown> =>
    sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/ci/bake`, RoleSessionName: 'test' }),
    );
  expect(await assume('111122223333')).toMatchObject({
    AssumedRoleUser: { Arn: 'arn:aws:sts::111122223333:assumed-role/bake/test' },
    Credentials: { AccessKeyId: expect.stringMatching(/^ASIA/), Expiration: expect.any(Date) },
  });
  expect(await errorName(assume('444455556666'))).toBe('AccessDenied');
  expect(await errorName(sts.send(new AssumeRoleCommand({ RoleArn: 'short', RoleSessionName: 'x' })))).toBe(
    'ValidationError',
  );
  const china = await clientsFor(sandbox.endpoint, 'cn-north-1').sts.send(new GetCallerIdentityCommand({}));
  expect(china.Arn).toMatch(/^arn:aws-cn:/);
});
