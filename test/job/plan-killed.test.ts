/** Tests that a run of a plan file that was killed is resumed by the same command, at every boundary of its journal. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readVersions } from '../../src/aws/parameters.ts';
import { readJournal } from '../../src/run/journal.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openSession } from '../../src/aws/session.ts';
import { anyone, stateOf } from '../support/account.ts';
import { bake, type Ran } from '../support/bake.ts';
import { exampleProject, repository } from '../support/project.ts';

const preload = path.join(repository, 'test/support/kill-at.mjs');
const CANDIDATE = '/hpc/ami/candidate/alinux2/x86_64/3.15.1';
const STABLE = CANDIDATE.replace('candidate', 'stable');

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function openBakery() {
  const folder = exampleProject();
  const sandbox = await openSandbox({ state: stateOf(folder), rehearse: 'off' });
  const aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  ends.push(async () => {
    aws.close();
    await sandbox.close();
    fs.rmSync(folder, { recursive: true });
  });
  const env = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  return {
    folder,
    run: (args: readonly string[], more: Record<string, string> = {}): Promise<Ran> =>
      bake([...args], { cwd: folder, env: { ...env, ...more } }),
    historyOf: (parameter: string) => readVersions(aws, 'us-east-1', parameter),
  };
}

/** Whether the journal of the last run says that it has ended: the kill came after it. */
function hasEnded(folder: string): boolean {
  const runs = path.join(folder, '.bakery/runs');
  const last = fs
    .readdirSync(runs)
    .map((name) => path.join(runs, name, 'journal.jsonl'))
    .sort((one, two) => fs.statSync(two).mtimeMs - fs.statSync(one).mtimeMs)[0];
  return readJournal(last ?? '').some(({ type }) => type === 'end');
}

interface Case {
  command: string;
  /** A command that runs before the plan is made. */
  first: string[];
  plan: string[];
  parameter: string;
  /** Every boundary, or each third one, because a round takes seconds. */
  step: 1 | 3;
  /** The last boundary is above this. */
  least: number;
}

it.each<Case>([
  {
    command: 'run',
    first: [],
    plan: ['plan', '--os', 'alinux2', '--channel', 'candidate'],
    parameter: CANDIDATE,
    step: 3,
    least: 18,
  },
  {
    command: 'run',
    first: [],
    plan: ['plan', '--os', 'alinux2', '--channel', 'stable', '--rebake'],
    parameter: STABLE,
    step: 3,
    least: 18,
  },
  {
    command: 'promote',
    first: ['run', '--os', 'alinux2', '--channel', 'candidate', '--yes'],
    plan: ['promote', '--os', 'alinux2', '--from', 'candidate', '--to', 'stable'],
    parameter: STABLE,
    step: 1,
    least: 4,
  },
])(
  '$command --plan of $plan',
  async ({ command, first, plan, parameter, step, least }) => {
    let boundary = 1;
    for (; boundary < 60; boundary += step) {
      const { folder, run, historyOf } = await openBakery();
      if (first.length > 0) expect((await run(first)).exitCode).toBe(0);
      const before = await historyOf(parameter);
      expect((await run([...plan, '--out', 'plan.json'])).exitCode).toBe(1);
      const apply = [command, '--plan', 'plan.json'];
      const killed = await run(apply, { NODE_OPTIONS: `--import ${preload}`, KILL_AT: String(boundary) });
      if (killed.signal !== 'SIGKILL') {
        expect(killed.exitCode, killed.stderr).toBe(0);
        break;
      }
      if (!hasEnded(folder)) {
        const again = await run(apply);
        expect(again.exitCode, `boundary ${boundary}\n${again.stderr}`).toBe(0);
      }
      expect(await historyOf(parameter)).toHaveLength(before.length + 1);
      const third = await run(apply);
      expect([third.exitCode, third.stderr]).toEqual([1, expect.stringContaining('PLAN_STALE')]);
      expect(await historyOf(parameter)).toHaveLength(before.length + 1);
      for (const end of ends.splice(0)) await end();
    }
    // With fewer, the kills did not reach the stages that write.
    expect(boundary).toBeGreaterThan(least);
  },
  600_000,
);
