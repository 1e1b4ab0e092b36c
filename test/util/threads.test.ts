/** Tests of runJobs() with real threads, whose program is built here, and with jobs on this thread. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { type JobList, runJobs } from '../../src/util/threads.ts';
import { folderWith } from '../config/folder.ts';

interface Settings {
  width: number;
  opened: string;
}
type Job = { kind: 'double'; value: number } | { kind: 'fail' | 'throw' | 'exit' | 'wait' | 'spin' };

const source = path.resolve('src');
let program = '';
let opened = '';

beforeAll(async () => {
  const folder = await folderWith({
    'program.ts': `
      import { appendFileSync } from 'node:fs';
      import { threadId } from 'node:worker_threads';
      import { serveJobs } from '${source}/util/thread-jobs.ts';
      import { BakeError } from '${source}/errors/bake-error.ts';
      serveJobs(async ({ width, opened }, { report, signal, isStopped }) => {
        appendFileSync(opened, 'open ' + threadId + '\\n');
        return {
          width,
          async run(job) {
            if (job.kind === 'fail') throw new BakeError('FILE_MISSING', { path: 'x', what: 'FILES' }, { place: { file: 'x' } });
            if (job.kind === 'throw') throw new RangeError('odd');
            if (job.kind === 'exit') process.exit(3);
            if (job.kind === 'wait') return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
            if (job.kind === 'spin') {
              while (!isStopped()) {}
              return -1;
            }
            report(job.value);
            return job.value * 2;
          },
          close: () => appendFileSync(opened, 'close ' + threadId + '\\n'),
        };
      });`,
  });
  program = path.join(folder, 'program.mjs');
  opened = path.join(folder, 'opened');
  buildSync({
    entryPoints: [path.join(folder, 'program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});

function listOf(jobs: Job[]): JobList<Job, number> & { results: number[] } {
  const results: number[] = [];
  return { results, next: () => jobs.shift(), take: (result) => void results.push(result) };
}

function doubles(count: number): Job[] {
  return Array.from({ length: count }, (_, value) => ({ kind: 'double', value }));
}

const expected = Array.from({ length: 500 }, (_, value) => value * 2);
const byValue = (a: number, b: number): number => a - b;
const { signal } = new AbortController();

function threadsWith(more: { count?: number; width?: number; report?: (value: number) => void } = {}) {
  const { count = 2, width = 1, ...rest } = more;
  return { program, count, ahead: 8, settings: { width, opened } satisfies Settings, ...rest };
}

const here = {
  width: 3,
  run: (job: Job) => Promise.resolve(job.kind === 'double' ? job.value * 2 : undefined),
};

describe('runs every job once', () => {
  it.each([
    ['on threads', { threads: true, here: false, width: 1 }],
    ['on threads that run several at a time', { threads: true, here: false, width: 4 }],
    ['on this thread', { threads: false, here: true, width: 1 }],
    ['on both', { threads: true, here: true, width: 1 }],
  ])('%s', async (_, crew) => {
    const list = listOf(doubles(500));
    const threads = crew.threads ? threadsWith({ width: crew.width }) : undefined;
    await runJobs<Settings, Job, number>({ threads, here: crew.here ? here : undefined }, list, signal);
    expect(list.results.sort(byValue)).toEqual(expected);
  });
});

it('passes on what jobs report', async () => {
  const reports: number[] = [];
  const threads = threadsWith({ report: (value) => void reports.push(value) });
  await runJobs<Settings, Job, number, number>({ threads }, listOf(doubles(100)), signal);
  expect(reports.sort(byValue)).toEqual(Array.from({ length: 100 }, (_, value) => value));
});

it('uses the threads of a former run again', async () => {
  await runJobs<Settings, Job, number>({ threads: threadsWith() }, listOf(doubles(10)), signal);
  await runJobs<Settings, Job, number>({ threads: threadsWith() }, listOf(doubles(10)), signal);
  const lines = readFileSync(opened, 'utf8').trim().split('\n');
  const threads = new Set(lines.slice(-8).map((line) => line.split(' ')[1]));
  expect(threads.size).toBe(2);
  // Each run that opened has closed.
  const count = (word: string): number => lines.filter((line) => line.startsWith(word)).length;
  expect(count('open')).toBe(count('close'));
});

describe('ends when a job fails', () => {
  it('with the BakeError that it threw, its code, context and place', async () => {
    const list = listOf([...doubles(20), { kind: 'fail' }, ...doubles(20)]);
    const run = runJobs<Settings, Job, number>({ threads: threadsWith() }, list, signal);
    const error: unknown = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BakeError);
    expect(error).toMatchObject({ code: 'FILE_MISSING', context: { path: 'x' }, place: { file: 'x' } });
  });

  it.each([
    ['with any other error', 'throw', /odd/],
    ['when its thread ends', 'exit', /ended before its jobs/],
  ] as const)('%s', async (_, kind, message) => {
    const list = listOf([{ kind }]);
    await expect(
      runJobs<Settings, Job, number>({ threads: threadsWith({ count: 1 }) }, list, signal),
    ).rejects.toThrow(message);
  });

  it('while other threads wait and spin', async () => {
    const list = listOf([{ kind: 'spin' }, { kind: 'fail' }]);
    const threads = { ...threadsWith(), ahead: 1 };
    await expect(runJobs<Settings, Job, number>({ threads }, list, signal)).rejects.toThrow(BakeError);
  });

  it('when the result is refused', async () => {
    const list = {
      ...listOf(doubles(5)),
      take: () => {
        throw new Error('refused');
      },
    };
    await expect(runJobs<Settings, Job, number>({ threads: threadsWith() }, list, signal)).rejects.toThrow(
      'refused',
    );
    await expect(
      runJobs<Settings, Job, number>({ here }, { ...list, next: listOf(doubles(5)).next }, signal),
    ).rejects.toThrow('refused');
  });
});

it.each([
  ['a job that waits', 'wait', []],
  ['a job that never yields, whose result counts', 'spin', [-1]],
] as const)('ends when aborted, with %s', async (_, kind, results) => {
  const controller = new AbortController();
  const list = listOf([{ kind }, ...doubles(100)]);
  const next = (): Job | undefined => {
    setTimeout(() => controller.abort(), 50);
    return list.next();
  };
  await runJobs<Settings, Job, number>(
    { threads: threadsWith({ count: 1 }) },
    { ...list, next },
    controller.signal,
  );
  expect(list.results).toEqual(results);
});

it('starts no job when it is aborted before', async () => {
  const list = listOf(doubles(5));
  await runJobs<Settings, Job, number>({ threads: threadsWith(), here }, list, AbortSignal.abort());
  expect(list.results).toEqual([]);
});
