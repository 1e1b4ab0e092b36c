/** SSM parameters through SDK clients. */
import { DeregisterImageCommand } from '@aws-sdk/client-ec2';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
  paginateGetParametersByPath,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { errorName, openAccount } from './account.ts';

function put(
  ssm: SSMClient,
  Name: string,
  Value: string,
  more: Partial<PutParameterCommandInput> = {},
): Promise<unknown> {
  return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
}

async function get(ssm: SSMClient, Name: string): Promise<string | undefined> {
  return (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
}

describe('PutParameter', () => {
  test('creates a parameter, and overwrites only with Overwrite', async () => {
    const { ssm } = await openAccount();
    expect(await put(ssm, '/a/b', 'one')).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await errorName(put(ssm, '/a/b', 'two'))).toBe('ParameterAlreadyExists');
    expect(await get(ssm, '/a/b')).toBe('one');
    expect(await put(ssm, '/a/b', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get(ssm, '/a/b')).toBe('two');
  });

  test('without Overwrite lets exactly one of many writers succeed', async () => {
    const { ssm } = await openAccount();
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, i) => errorName(put(ssm, '/lock', String(i)))),
    );
    expect(ends.filter((end) => end === 'none')).toHaveLength(1);
    expect(new Set(ends)).toEqual(new Set(['none', 'ParameterAlreadyExists']));
  });

  test.each([
    ['no type for a new parameter', '/x', 'v', { Type: undefined }, 'ValidationException'],
    ['a space in the name', '/a b', 'v', {}, 'ValidationException'],
    ['a path that does not begin with a slash', 'a/b', 'v', {}, 'ValidationException'],
    ['a name that begins with ssm', 'SSM-x', 'v', {}, 'ValidationException'],
    ['a name that begins with aws', '/aws/x', 'v', {}, 'AccessDeniedException'],
    [
      'sixteen levels',
      `/${Array.from({ length: 16 }, () => 'l').join('/')}`,
      'v',
      {},
      'HierarchyLevelLimitExceededException',
    ],
    ['5,000 characters in the standard tier', '/x', 'v'.repeat(5000), {}, 'ValidationException'],
    [
      '10,000 characters',
      '/x',
      'v'.repeat(10_000),
      { Tier: 'Intelligent-Tiering' as const },
      'ValidationException',
    ],
    [
      'tags together with overwrite',
      '/x',
      'v',
      { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] },
      'ValidationException',
    ],
    ['an unknown data type', '/x', 'v', { DataType: 'AWS:EC2:Image' }, 'ValidationException'],
    ['an unknown type', '/x', 'v', { Type: 'Text' as 'String' }, 'ValidationException'],
    [
      'a value against its pattern',
      '/x',
      'v',
      { AllowedPattern: '^ami-' },
      'ParameterPatternMismatchException',
    ],
    ['an invalid pattern', '/x', 'v', { AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
  ])('refuses %s', async (_, name, value, more, error) => {
    const { ssm } = await openAccount();
    expect(await errorName(put(ssm, name, value, more as Partial<PutParameterCommandInput>))).toBe(error);
    const { InvalidParameters } = await ssm.send(new GetParametersCommand({ Names: [name] }));
    expect(InvalidParameters).toEqual([name]);
  });

  test('accepts a large value in the advanced tier, and refuses a return to the standard tier', async () => {
    const { ssm } = await openAccount();
    expect(await put(ssm, '/x', 'v'.repeat(5000), { Tier: 'Intelligent-Tiering' })).toMatchObject({
      Tier: 'Advanced',
    });
    expect(await errorName(put(ssm, '/x', 'v', { Tier: 'Standard', Overwrite: true }))).toBe(
      'ValidationException',
    );
    expect(await errorName(put(ssm, '/x', 'v', { Type: 'StringList', Overwrite: true }))).toBe(
      'HierarchyTypeMismatchException',
    );
  });

  test('keeps a hundred versions, and refuses the next write if the oldest has a label', async () => {
    const { ssm } = await openAccount();
    for (let i = 1; i <= 101; i++) await put(ssm, '/x', String(i), { Overwrite: true });
    const { Parameters: versions } = await ssm.send(
      new GetParameterHistoryCommand({ Name: '/x', MaxResults: 50 }),
    );
    expect(versions?.[0]?.Value).toBe('2');
    await ssm.send(new LabelParameterVersionCommand({ Name: '/x', ParameterVersion: 2, Labels: ['stable'] }));
    expect(await errorName(put(ssm, '/x', '102', { Overwrite: true }))).toBe(
      'ParameterMaxVersionLimitExceeded',
    );
    expect(await get(ssm, '/x')).toBe('101');
  });

  test('does not return the text of a SecureString without decryption', async () => {
    const { ssm } = await openAccount();
    await put(ssm, '/s', 'secret', { Type: 'SecureString' });
    expect(await get(ssm, '/s')).not.toContain('secret');
    const open = await ssm.send(new GetParameterCommand({ Name: '/s', WithDecryption: true }));
    expect(open.Parameter?.Value).toBe('secret');
  });
});

describe('data type aws:ec2:image', () => {
  const image = { DataType: 'aws:ec2:image' };

  test('accepts an existing AMI', async () => {
    const { ssm } = await openAccount();
    await put(ssm, '/ami', seedIds.base(), image);
    expect(await get(ssm, '/ami')).toBe(seedIds.base());
  });

  test.each(['ami-00000000000000000', 'ami-', 'hello'])(
    'answers 200 for %s and keeps the old value',
    async (bad) => {
      const { ssm } = await openAccount();
      await put(ssm, '/ami', seedIds.base(), image);
      expect(await put(ssm, '/ami', bad, { ...image, Overwrite: true })).toMatchObject({ Version: 2 });
      expect(await get(ssm, '/ami')).toBe(seedIds.base());
      expect((await ssm.send(new GetParameterHistoryCommand({ Name: '/ami' }))).Parameters).toHaveLength(1);
      expect(await errorName(put(ssm, '/new', bad, image))).toBe('none');
      expect(await errorName(get(ssm, '/new'))).toBe('ParameterNotFound');
    },
  );

  test('applies to a later write without a data type, and rejects a deregistered AMI', async () => {
    const { ssm, ec2 } = await openAccount();
    await put(ssm, '/ami', seedIds.base(), image);
    await put(ssm, '/ami', 'hello', { Overwrite: true });
    expect(await get(ssm, '/ami')).toBe(seedIds.base());
    await ec2.send(new DeregisterImageCommand({ ImageId: seedIds.base() }));
    await put(ssm, '/other', seedIds.base(), image);
    expect(await errorName(get(ssm, '/other'))).toBe('ParameterNotFound');
  });

  test('is only allowed for type String', async () => {
    const { ssm } = await openAccount();
    expect(await errorName(put(ssm, '/ami', 'x', { ...image, Type: 'StringList' }))).toBe(
      'ValidationException',
    );
  });
});

describe('reading', () => {
  test('resolves versions and labels', async () => {
    const { ssm } = await openAccount();
    await put(ssm, '/x', 'one');
    await put(ssm, '/x', 'two', { Overwrite: true });
    const labelled = await ssm.send(
      new LabelParameterVersionCommand({
        Name: '/x',
        ParameterVersion: 1,
        Labels: ['stable', '1st', 'aws-x', 'ssmx'],
      }),
    );
    expect(labelled).toMatchObject({ ParameterVersion: 1, InvalidLabels: ['1st', 'aws-x', 'ssmx'] });
    expect(await get(ssm, '/x')).toBe('two');
    expect(await get(ssm, '/x:1')).toBe('one');
    expect(await get(ssm, '/x:stable')).toBe('one');
    expect(await get(ssm, 'arn:aws:ssm:us-east-1:111122223333:parameter/x')).toBe('two');
    expect(await errorName(get(ssm, '/x:3'))).toBe('ParameterVersionNotFound');
    await ssm.send(new LabelParameterVersionCommand({ Name: '/x', Labels: ['stable'] }));
    expect(await get(ssm, '/x:stable')).toBe('two');
    const un = await ssm.send(
      new UnlabelParameterVersionCommand({ Name: '/x', ParameterVersion: 2, Labels: ['stable', 'no'] }),
    );
    expect(un).toMatchObject({ RemovedLabels: ['stable'], InvalidLabels: ['no'] });
    const many = Array.from({ length: 11 }, (_, i) => `l${i}`);
    expect(
      await errorName(ssm.send(new LabelParameterVersionCommand({ Name: '/x', Labels: many.slice(0, 10) }))),
    ).toBe('none');
    expect(
      await errorName(ssm.send(new LabelParameterVersionCommand({ Name: '/x', Labels: many.slice(10) }))),
    ).toBe('ParameterVersionLabelLimitExceeded');
  });

  test('lists missing parameters instead of failing', async () => {
    const { ssm } = await openAccount();
    await put(ssm, 'plain', 'v');
    const found = await ssm.send(new GetParametersCommand({ Names: ['plain', '/nope', 'plain:9'] }));
    expect(found.Parameters?.map((one) => one.Name)).toEqual(['plain']);
    expect(found.InvalidParameters).toEqual(['/nope', 'plain:9']);
    expect(
      await errorName(
        ssm.send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, i) => `p${i}`) })),
      ),
    ).toBe('ValidationException');
  });

  test('lists a path recursively, page by page', async () => {
    const { ssm } = await openAccount();
    for (let i = 0; i < 25; i++) await put(ssm, `/deep/${i % 2 ? 'odd/' : ''}p${i}`, String(i));
    const names: string[] = [];
    for await (const page of paginateGetParametersByPath(
      { client: ssm },
      { Path: '/deep', Recursive: true },
    )) {
      expect(page.Parameters?.length).toBeLessThanOrEqual(10);
      names.push(...(page.Parameters ?? []).map((one) => one.Name ?? ''));
    }
    expect(new Set(names).size).toBe(25);
    const flat = await ssm.send(new GetParametersByPathCommand({ Path: '/deep/odd/' }));
    expect(flat.Parameters).toHaveLength(10);
    expect(await errorName(ssm.send(new GetParametersByPathCommand({ Path: 'deep' })))).toBe(
      'ValidationException',
    );
    expect(await errorName(ssm.send(new GetParametersByPathCommand({ Path: '/deep', MaxResults: 11 })))).toBe(
      'ValidationException',
    );
    expect(await errorName(ssm.send(new GetParametersByPathCommand({ Path: '/deep', NextToken: 'x' })))).toBe(
      'InvalidNextToken',
    );
  });
});

test('a deleted parameter is gone', async () => {
  const { ssm } = await openAccount();
  await put(ssm, '/a', '1');
  await ssm.send(new DeleteParameterCommand({ Name: '/a' }));
  expect(await errorName(ssm.send(new DeleteParameterCommand({ Name: '/a' })))).toBe('ParameterNotFound');
});

test("a new account has last month's images, each with two versions of its parameter", async () => {
  const { ssm } = await openAccount({ clock: new Date('2026-11-21T12:00:00Z') });
  for (const one of seedIds.all) {
    const name = `/hpc/ami/stable/${one.os}/${one.arch}/${one.version}`;
    const { Parameters: history = [] } = await ssm.send(new GetParameterHistoryCommand({ Name: name }));
    expect(history.map((version) => version.Value)).toEqual([seedIds.older(one), seedIds.baked(one)]);
    expect(history[1]?.DataType).toBe('aws:ec2:image');
    expect(history[1]?.LastModifiedDate?.toISOString().slice(0, 10)).toBe('2026-10-21');
  }
});
