/** Tests the notices after a run, their texts, and reading the body of an issue. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import {
  failedNotices,
  foreignWriteNotices,
  missedNotices,
  publishedNotices,
  type ChannelAge,
} from '../../src/notify/notices.ts';
import {
  issueBody,
  nextProblems,
  readIssueBody,
  snsMessage,
  type OpenProblem,
} from '../../src/notify/text.ts';

const channel = (createdAt: string): ChannelAge => ({
  region: 'us-east-1',
  name: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
  image: { id: 'ami-1', createdAt },
});
const titles = (
  made: string,
  now: string,
  refresh: 'monthly' | 'weekly' | 'never' = 'monthly',
  maxDays = 3650,
) => missedNotices([channel(made)], { now: new Date(now), refresh, maxDays }).map(({ text }) => text);

describe('a missed month', () => {
  it.each([
    ['2026-10-01T00:00:00Z', '2026-11-30T23:59:59Z', []],
    ['2026-09-30T23:59:59Z', '2026-10-31T23:59:59Z', []],
    [
      '2026-09-30T23:59:59Z',
      '2026-11-01T00:00:00Z',
      ['ami-1 was made on 2026-09-30; no image was made in 2026-10.'],
    ],
    [
      '2025-11-30T00:00:00Z',
      '2026-01-31T00:00:00Z',
      ['ami-1 was made on 2025-11-30; no image was made in 2025-12.'],
    ],
    // The previous month has no day 31.
    ['2026-02-28T00:00:00Z', '2026-03-31T00:00:00Z', []],
  ])('from %s until %s is reported as %j', (made, now, expected) => {
    expect(titles(made, now)).toEqual(expected);
  });

  it('is a week with refresh weekly, and is never missed with refresh never', () => {
    expect(titles('2026-11-08T12:00:00Z', '2026-11-16T12:00:00Z', 'weekly')).toHaveLength(1);
    expect(titles('2026-11-09T12:00:00Z', '2026-11-22T12:00:00Z', 'weekly')).toEqual([]);
    expect(titles('2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'never')).toEqual([]);
  });

  it('is also reported by the limit of days', () => {
    expect(titles('2026-11-01T00:00:00Z', '2026-11-11T23:00:00Z', 'never', 10)).toEqual([]);
    expect(titles('2026-11-01T00:00:00Z', '2026-11-12T00:00:00Z', 'never', 10)).toEqual([
      'ami-1 was made on 2026-11-01; the limit is 10 days.',
    ]);
    expect(
      missedNotices([{ ...channel(''), image: null }], { now: new Date(), refresh: 'monthly', maxDays: 1 }),
    ).toEqual([]);
  });
});

const error = new BakeError('FOLDER_UNWRITABLE', { path: '/x', reason: 'full' });

describe('the notice of a failed bake', () => {
  it('contains the step and the failed checks, but no output of programs', () => {
    const output = 'token ghp_0123456789 is no good';
    const failed = new BakeError('BAKE_FAILED', { target: 'rocky9 x86_64', step: 'step site.sh', output });
    const red = new BakeError('VERIFY_FAILED', {
      target: 'rocky9 x86_64',
      rows: [`umask\n      ${output}`],
    });
    const [notice] = failedNotices(['rocky9 x86_64'], ['rocky9 x86_64'], [failed, red]);
    expect(notice?.text).toContain('BAKE_FAILED: baking rocky9 x86_64 failed in step site.sh\n');
    expect(notice?.text).toContain('  ✗ umask\n');
    expect(notice?.text).not.toContain('ghp_');
  });
});

describe('the message', () => {
  it('has a subject that SNS accepts, for any error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 150 }), { minLength: 1, maxLength: 3 }),
        (labels) => {
          const { subject, message } = snsMessage(failedNotices(labels, labels, [error]), {
            run: 'r',
            url: undefined,
          });
          expect(subject).toMatch(/^[!-~][ -~]{0,99}$/);
          expect(Buffer.byteLength(message)).toBeLessThan(200_000);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('names every target, the cause once, and the URL of the run', () => {
    const labels = ['alinux2 x86_64', 'rocky9 x86_64'];
    const { subject, message } = snsMessage(failedNotices(labels, labels, [error]), {
      run: '3f9c2a71',
      url: 'https://g',
    });
    expect(subject).toBe('bake: alinux2 x86_64 failed (FOLDER_UNWRITABLE) (and 1 more)');
    expect(message.match(/cannot be written: full/g)).toHaveLength(1);
    expect(message).toMatch(/rocky9 x86_64 failed[\s\S]*run 3f9c2a71\nhttps:\/\/g/);
  });

  it('is about the run if no single target failed', () => {
    expect(failedNotices([], ['a'], [error]).map(({ about }) => about)).toEqual(['the run of a']);
    expect(failedNotices([], ['a'], [])).toEqual([]);
  });

  it('contains only parameters that changed', () => {
    const entry = (value: string | null, previous: string | null) => ({
      region: 'r',
      name: '/n',
      value,
      previous,
    });
    expect(
      publishedNotices([entry('ami-2', 'ami-1'), entry('ami-1', 'ami-1'), entry(null, 'ami-1')]),
    ).toMatchObject([{ title: '/n in r is now ami-2', text: 'It was ami-1.' }]);
  });
});

describe('the issue', () => {
  const news = (labels: string[], checked: string[], at = '2026-11-21T00:00:00Z') => ({
    notices: failedNotices(labels, labels, [error]).filter(() => labels.length > 0),
    checked,
    at,
    run: 'r1',
    url: undefined,
  });

  it('keeps the start of a problem, removes fixed problems, and keeps those that the run did not check', () => {
    const first = nextProblems({}, news(['a', 'b'], ['a', 'b'], '2026-11-01T00:00:00Z'));
    expect(readIssueBody(issueBody(first))).toEqual(first);
    const second = nextProblems(first, news(['a'], ['a']));
    expect(Object.entries(second).map(([about, { since }]) => [about, since])).toEqual([
      ['b', '2026-11-01T00:00:00Z'],
      ['a', '2026-11-01T00:00:00Z'],
    ]);
    expect(nextProblems(second, news([], ['a', 'b']))).toEqual({});
  });

  it('is read back from its own body for any error text, and fits the limit of GitHub', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const trouble = fc.record({ title: text, since: text, text, run: text });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), trouble, { maxKeys: 5, noNullPrototype: true }), (troubles) => {
        expect(readIssueBody(issueBody(troubles))).toEqual(troubles);
      }),
      { numRuns: 500 },
    );
    const long: OpenProblem = { title: 't', since: '2026', text: 'x`'.repeat(5000), run: 'r' };
    const many = nextProblems(
      {},
      {
        ...news([], []),
        notices: Array.from({ length: 60 }, (_x, i) => ({
          occasion: 'failed' as const,
          about: `${i}`,
          ...long,
        })),
      },
    );
    expect(issueBody(many).length).toBeLessThan(65_536);
  });
});

describe('a channel that another program wrote', () => {
  const moved = new BakeError('CHANNEL_MOVED', {
    name: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
    region: 'us-east-1',
    expected: 'ami-1',
    found: 'ami-2',
    at: '2026-12-01T00:00:00.000Z',
  });

  it('is a notice, also where the Region was one of several', () => {
    const partly = new BakeError(
      'PUBLISH_PARTLY',
      { target: 'alinux2 x86_64', done: [], failed: ['us-east-1'] },
      { cause: moved },
    );
    for (const one of [moved, partly]) {
      expect(foreignWriteNotices([one])).toMatchObject([
        { occasion: 'failed', text: expect.stringContaining('ami-2') as string },
      ]);
    }
  });

  it('is the only error that is one', () => {
    expect(foreignWriteNotices([new BakeError('BASE_NEEDED', { os: 'rocky9' })])).toEqual([]);
  });
});
