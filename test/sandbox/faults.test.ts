/** Faults that can be injected, and how clients see them. */
import { DescribeImagesCommand, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { ListComponentsCommand } from '@aws-sdk/client-imagebuilder';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, test, vi } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { clientsFor, control, errorName, openAccount } from './account.ts';

test('throttling returns the error code of each service', async () => {
  const { ec2, ssm, sts, imagebuilder } = await openAccount({ faults: { throttle: 1 } });
  expect(await errorName(ec2.send(new DescribeImagesCommand({ Owners: ['self'] })))).toBe(
    'RequestLimitExceeded',
  );
  expect(await errorName(ssm.send(new GetParameterCommand({ Name: '/x' })))).toBe('ThrottlingException');
  expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe('Throttling');
  expect(await errorName(imagebuilder.send(new ListComponentsCommand({})))).toBe('TooManyRequestsException');
});

test('credentials expire after a number of requests, with the error code of each service', async () => {
  const { sandbox, ec2, ssm, sts, imagebuilder } = await openAccount({ faults: { expireAfter: 1 } });
  expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe('none');
  expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe('ExpiredToken');
  expect(await errorName(ec2.send(new DescribeImagesCommand({ Owners: ['self'] })))).toBe('RequestExpired');
  expect(await errorName(ssm.send(new GetParameterCommand({ Name: '/x' })))).toBe('ExpiredTokenException');
  expect(await errorName(imagebuilder.send(new ListComponentsCommand({})))).toBe('ExpiredTokenException');
  await control(sandbox, 'faults', {});
  expect(await errorName(sts.send(new GetCallerIdentityCommand({})))).toBe('none');
});

test('the SDK retries until every call succeeds when one request in five fails', async () => {
  const { sandbox } = await openAccount({ faults: { throttle: 0.1, serverError: 0.1, seed: 7 } });
  const { sts } = clientsFor(sandbox.endpoint, 'us-east-1', 8);
  for (let i = 0; i < 20; i++)
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('111122223333');
});

test('the same seed injects the same faults', async () => {
  const fates = async (): Promise<string[]> => {
    const { sts } = await openAccount({ faults: { throttle: 0.5, seed: 42 } });
    const names: string[] = [];
    for (let i = 0; i < 12; i++) names.push(await errorName(sts.send(new GetCallerIdentityCommand({}))));
    return names;
  };
  const first = await fates();
  expect(await fates()).toEqual(first);
  expect(new Set(first)).toEqual(new Set(['none', 'Throttling']));
});

test('a request whose response is lost is still carried out', async () => {
  const { sandbox, ssm } = await openAccount();
  await control(sandbox, 'faults', { lostAnswer: 1 });
  const put = new PutParameterCommand({ Name: '/lost', Value: 'v', Type: 'String' });
  expect(await errorName(ssm.send(put))).not.toBe('none');
  await control(sandbox, 'faults', {});
  expect(await errorName(ssm.send(put))).toBe('ParameterAlreadyExists');
});

test('stale reads lag behind writes, and writes see the newest state', async () => {
  const { ssm, ec2 } = await openAccount({ faults: { staleMs: 30_000 } });
  const put = new PutParameterCommand({ Name: '/stale', Value: 'v', Type: 'String' });
  const get = (): Promise<string> => errorName(ssm.send(new GetParameterCommand({ Name: '/stale' })));
  await ssm.send(put);
  expect(await get()).toBe('ParameterNotFound');
  expect(await errorName(ssm.send(put))).toBe('ParameterAlreadyExists');
  await ec2.send(new DeregisterImageCommand({ ImageId: seedIds.base() }));
  const describe = (): Promise<string> =>
    errorName(ec2.send(new DescribeImagesCommand({ ImageIds: [seedIds.base()] })));
  expect(await describe()).toBe('none');
  const later = performance.now() + 31_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
  expect(await get()).toBe('none');
  expect(await describe()).toBe('InvalidAMIID.NotFound');
  clock.mockRestore();
});

test('slow responses are delayed', async () => {
  const { sts } = await openAccount({ faults: { slowMs: 120 } });
  const started = performance.now();
  await sts.send(new GetCallerIdentityCommand({}));
  expect(performance.now() - started).toBeGreaterThanOrEqual(115);
});
