/** Tests how calls are repeated during an outage, with a clock that only moves when bake pauses. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsError } from '../../src/aws/errors.ts';
import { openPatience, type Patience } from '../../src/aws/patience.ts';
import { until } from '../../src/aws/until.ts';
import { durationMs, durationText } from '../../src/util/duration.ts';

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

interface World {
  patience: Patience;
  said: string[];
}

function world(unreachable = '15m', signal?: AbortSignal): World {
  const said: string[] = [];
  const patience = openPatience({
    unreachableMs: durationMs(unreachable),
    signal,
    tell: (kind, text) => said.push(`${kind}: ${text}`),
    clock: {
      now: () => Date.now(),
      async sleep(ms, stop) {
        stop?.throwIfAborted();
        vi.setSystemTime(Date.now() + ms);
      },
    },
  });
  return { patience, said };
}

function sdkError(name: string, more: object = {}): Error {
  return awsError(Object.assign(new Error(`${name} happened`), { name, ...more }), 'ec2:DescribeImages', 'r');
}

/** A call that fails with `error` until the clock reaches `minutes`. */
function outage(minutes: number, error: Error): () => Promise<string> {
  const end = Date.now() + minutes * MINUTE;
  return async () => {
    if (Date.now() < end) throw error;
    return 'answer';
  };
}

const passing: [string, Error][] = [
  ['a refused connection', sdkError('Error', { code: 'ECONNREFUSED' })],
  ['a name that DNS does not know for a while', sdkError('Error', { code: 'EAI_AGAIN' })],
  ['a connection that is cut', sdkError('Error', { code: 'ECONNRESET' })],
  ['silence', sdkError('TimeoutError')],
  ['no route', sdkError('Error', { code: 'ENETUNREACH' })],
  ['a proxy that refuses', awsError(new Error('Bad response: 502'), 'ec2:DescribeImages', 'r')],
  ['a proxy without an answer', awsError(new Error('Proxy timeout'), 'ec2:DescribeImages', 'r')],
  ['a gateway error', sdkError('UnknownError', { $metadata: { httpStatusCode: 504 } })],
  ['a throttle of EC2', sdkError('RequestLimitExceeded', { $metadata: { httpStatusCode: 503 } })],
  ['a throttle of SSM', sdkError('ThrottlingException', { $metadata: { httpStatusCode: 400 } })],
  ['a throttle of Image Builder', sdkError('CallRateLimitExceededException', { $metadata: {} })],
  ['a throttle of S3', sdkError('SlowDown', { $metadata: { httpStatusCode: 400 } })],
  ['a throttle without a known name', sdkError('Odd', { $metadata: { httpStatusCode: 429 } })],
];

const lasting: [string, Error][] = [
  ['expired credentials', sdkError('ExpiredToken', { $metadata: { httpStatusCode: 403 } })],
  ['missing credentials', sdkError('CredentialsProviderError')],
  ['a wrong signature', sdkError('SignatureDoesNotMatch', { $metadata: { httpStatusCode: 403 } })],
  ['a denial', sdkError('UnauthorizedOperation', { $metadata: { httpStatusCode: 403 } })],
  ['a quota', sdkError('ServiceQuotaExceededException', { $metadata: { httpStatusCode: 402 } })],
  ['a refusal', sdkError('InvalidParameterValue', { $metadata: { httpStatusCode: 400 } })],
  ['an error of bake', new Error('the reading failed')],
];

describe('a run that has begun to write', () => {
  it.each(passing)('survives fourteen minutes of %s, and shows it', async (_, error) => {
    const here = world();
    here.patience.begin();
    expect(await here.patience.call('ec2 in r', outage(14, error))).toBe('answer');
    expect(here.said).toEqual([
      `warning: ${error.message}; bake tries again until 10:15 UTC (patience.unreachable)`,
      'note: ec2 in r answers again after 14 min',
    ]);
  });

  it.each(lasting)('ends at once because of %s', async (_, error) => {
    const here = world();
    here.patience.begin();
    const before = Date.now();
    await expect(here.patience.call('ec2 in r', outage(1, error))).rejects.toBe(error);
    expect(Date.now()).toBe(before);
    expect(here.said).toEqual([]);
  });

  it('gives up after patience.unreachable, for all calls of the outage together', async () => {
    const here = world();
    here.patience.begin();
    const error = sdkError('Error', { code: 'ECONNREFUSED' });
    const before = Date.now();
    const dead = outage(60, error);
    await expect(here.patience.call('ec2 in r', dead)).rejects.toMatchObject({
      code: 'AWS_UNREACHABLE',
      message: 'ec2 in r could not be reached for 15 min: Error happened',
      hint: expect.stringContaining('run the same command again'),
    });
    expect(Date.now() - before).toBe(15 * MINUTE);
    // The clean-up after it does not wait for another quarter of an hour.
    await expect(here.patience.call('ec2 in r', dead)).rejects.toThrow('could not be reached for 15 min');
    expect(Date.now() - before).toBe(15 * MINUTE);
  });

  it('has the whole patience again after an answer', async () => {
    const here = world('2m');
    here.patience.begin();
    const error = sdkError('Error', { code: 'ECONNRESET' });
    for (let turn = 0; turn < 3; turn++)
      expect(await here.patience.call('ssm in r', outage(1.9, error))).toBe('answer');
  });

  it('ends at once after a signal', async () => {
    const stop = new AbortController();
    const here = world('15m', stop.signal);
    here.patience.begin();
    stop.abort();
    const error = sdkError('Error', { code: 'ECONNREFUSED' });
    await expect(here.patience.call('ec2 in r', outage(1, error))).rejects.toBe(error);
  });

  it('with 0s ends at once', async () => {
    const here = world('0s');
    here.patience.begin();
    const error = sdkError('Error', { code: 'ECONNREFUSED' });
    await expect(here.patience.call('ec2 in r', outage(1, error))).rejects.toBe(error);
    expect(here.said).toEqual([]);
  });
});

describe('a command that has written nothing', () => {
  it('ends at once if AWS cannot be reached', async () => {
    const here = world();
    const error = sdkError('Error', { code: 'ECONNREFUSED' });
    await expect(here.patience.call('ec2 in r', outage(1, error))).rejects.toBe(error);
  });

  it('survives an outage during a wait, which does not use up the budget of the wait', async () => {
    const here = world();
    const call = outage(14, sdkError('Error', { code: 'ECONNREFUSED' }));
    const looks: string[] = [];
    const value = await until<string>({
      aws: here,
      signal: new AbortController().signal,
      budgetMs: 30_000,
      async look() {
        looks.push(await here.patience.call('ec2 in r', call));
        return looks.length > 1 ? 'done' : undefined;
      },
      late: () => new Error('late'),
    });
    expect(value).toBe('done');
    expect(here.patience.lostMs()).toBe(14 * MINUTE);
  });
});

describe('a length of time', () => {
  it.each([
    ['40s', 40_000, '40 s'],
    ['15m', 15 * MINUTE, '15 min'],
    ['2h', 120 * MINUTE, '2 h'],
    ['90m', 90 * MINUTE, '1 h 30 min'],
  ])('%s is read and written', (text, ms, written) => {
    expect(durationMs(text)).toBe(ms);
    expect(durationText(ms)).toBe(written);
  });
});
