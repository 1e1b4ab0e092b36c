/** Tests `bake schedule --github`: the workflow that it writes, and the cron expressions that it accepts. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { cronFault, defaultCron, INSTALLED, workflowFor } from '../../src/schedule/github.ts';
import { bake } from '../support/bake.ts';
import { exampleProject, repository } from '../support/project.ts';

const shipped = fs.readFileSync(path.join(repository, '.github/workflows/bake.yml'), 'utf8');

interface Workflow {
  on: { schedule: { cron: string }[] };
  concurrency: { group: string; 'cancel-in-progress': boolean };
  jobs: Record<
    string,
    {
      environment?: string;
      needs?: string | string[];
      permissions: Record<string, string>;
      steps: {
        name?: string;
        uses?: string;
        run?: string;
        with?: Record<string, unknown>;
        env?: Record<string, string>;
      }[];
    }
  >;
}

test.each([
  '17 4 1 * *',
  '*/15 0-6,22 * JAN-MAR mon',
  '0 0 31 12 0',
  '5 4 1-7/2 * *',
  '0 0 29 FEB *',
  '0 0 30 2 1',
  '0 0 28/2 4-6 *',
])('%s is accepted', (cron) => {
  expect(cronFault(cron)).toBeUndefined();
});

test.each([
  ['0 3 ? * TUE#1 *', 'five fields'],
  ['0 3 1 *', 'five fields'],
  ['60 3 1 * *', 'a minute from 0 to 59'],
  ['0 24 1 * *', 'a hour from 0 to 23'],
  ['0 3 0 * *', 'a day of month from 1 to 31'],
  ['0 3 1 13 *', 'a month from 1 to 12'],
  ['0 3 1 * 7', 'a day of week from 0 to 6'],
  ['0 3 L * *', 'a day of month'],
  ['0 3 9-2 * *', 'a day of month'],
  ['*/0 3 1 * *', 'a minute'],
  ['" 3 1 * *', 'a minute'],
  ['0 0 30 2 *', 'a day that exists'],
  ['0 0 31 2,4,JUN-6 *', 'a day that exists'],
])('%s is refused: expected %s', (cron, fault) => {
  expect(cronFault(cron)).toContain(fault);
});

/** As bake writes it into another repository. */
const written = workflowFor(shipped, { cron: '17 4 1 * *', program: INSTALLED, config: 'bakery.yaml' });

test('replaces only the lines of the settings', () => {
  const text = workflowFor(shipped, {
    cron: ' 5  6 7 * * ',
    program: 'tools/bake.mjs',
    config: 'infra/my bakery.yaml',
  });
  expect((parse(text) as Workflow).on.schedule).toEqual([{ cron: '5 6 7 * *' }]);
  const lines = text.split('\n').filter((line, i) => line !== shipped.split('\n')[i]);
  expect(lines).toEqual([
    '    - cron: "5 6 7 * *"',
    '  BAKE: tools/bake.mjs',
    '  BAKE_CONFIG: "infra/my bakery.yaml"',
  ]);
  const own = { program: 'dist/bake.js', config: 'bakery.yaml' };
  expect(workflowFor(shipped, { ...own, cron: defaultCron('monthly') })).toBe(shipped);
});

describe('the shipped workflow', () => {
  const { concurrency, jobs } = parse(shipped) as Workflow;

  it('never runs twice at once, and is never cancelled', () => {
    expect(concurrency).toEqual({ group: 'bake', 'cancel-in-progress': false });
  });

  it('promotes in an environment after the bakes, and rotates after that', () => {
    expect(jobs['promotion']).toMatchObject({ needs: ['plan', 'bake'] });
    expect(jobs['promote']).toMatchObject({ environment: 'stable', needs: ['plan', 'promotion'] });
    expect(jobs['promote']?.steps.at(-1)?.run).toContain('promote --config "$BAKE_CONFIG" --plan');
    expect(jobs['rotate']?.needs).toContain('promote');
    const writers = Object.entries(jobs).filter(([, job]) => job.permissions['contents'] === 'write');
    expect(writers.map(([name]) => name)).toEqual(['rotate']);
  });
});

describe('the token of the shipped workflow', () => {
  const { jobs } = parse(shipped) as Workflow;
  const steps = Object.entries(jobs).flatMap(([job, { steps: all }]) =>
    all.map((step, at) => ({ job, step, isLast: at === all.length - 1 })),
  );

  it('is not written to disk by any checkout', () => {
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.map(({ job }) => job)).toEqual(Object.keys(jobs));
    for (const { job, step } of checkouts) expect(step.with?.['persist-credentials'], job).toBe(false);
  });

  it('is in the environment of the steps Bake and Rotate only', () => {
    const holders = steps.filter(({ step }) => /github\.token|secrets\./.test(JSON.stringify(step)));
    expect(holders.map(({ job, step }) => `${job}: ${step.name ?? ''}`)).toEqual([
      'bake: Bake',
      'rotate: Rotate',
    ]);
    expect(steps.find(({ step }) => step.name === 'Rotate')?.isLast).toBe(true);
    expect(shipped.replace(/\njobs:[^]*/, '')).not.toContain('github.token');
  });

  /** The answer of `git credential fill` in the environment of the step Rotate. */
  function credential(server: string, url: string): { exitCode: number | null; stdout: string } {
    const given = jobs['rotate']?.steps.at(-1)?.env ?? {};
    const env = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        value.replace('${{ github.token }}', 'ghs_test').replace('${{ github.server_url }}', server),
      ]),
    );
    const own = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const ran = spawnSync('git', ['credential', 'fill'], {
      env: { ...own, GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', ...env },
      input: `url=${url}\n\n`,
      encoding: 'utf8',
      cwd: '/',
    });
    return { exitCode: ran.status, stdout: ran.stdout };
  }

  it.each([
    ['https://github.com', 'https://github.com/corp/clusters'],
    ['https://github.corp.example', 'https://github.corp.example/hpc/configs.git'],
    ['https://ghe.example:8443', 'https://ghe.example:8443/a/b'],
  ])('reaches git for %s', (server, url) => {
    const { exitCode, stdout } = credential(server, url);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^username=x-access-token$/m);
    expect(stdout).toMatch(/^password=ghs_test$/m);
  });

  it.each([
    ['https://github.com', 'https://github.com.evil.example/corp/clusters'],
    ['https://github.com', 'http://github.com/corp/clusters'],
    ['https://ghe.example:8443', 'https://ghe.example/a/b'],
  ])('for %s does not reach git for %s', (server, url) => {
    const { exitCode, stdout } = credential(server, url);
    expect(exitCode).not.toBe(0);
    expect(stdout).not.toContain('ghs_test');
  });
});

describe('bake schedule --github', () => {
  it('writes the workflow once, and nothing the second time', async () => {
    const folder = exampleProject();
    const file = path.join(folder, '.github/workflows/bake.yml');
    const first = await bake(['schedule', '--github', '--json'], { cwd: folder });
    expect(first.exitCode, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      workflow: '.github/workflows/bake.yml',
      cron: '17 4 1 * *',
      outcome: 'written',
    });
    expect(fs.readFileSync(file, 'utf8')).toBe(written);
    const before = fs.statSync(file).mtimeMs;
    const second = await bake(['schedule', '--github', '--json'], { cwd: folder });
    expect(JSON.parse(second.stdout)).toMatchObject({ outcome: 'unchanged' });
    expect(fs.statSync(file).mtimeMs).toBe(before);
    const third = await bake(['schedule', '--github', '--cron', '1 2 3 * *'], { cwd: folder });
    expect(third.stdout).toContain('replaced');
    expect(fs.readFileSync(file, 'utf8')).toContain('- cron: "1 2 3 * *"');
    fs.rmSync(folder, { recursive: true });
  });

  it('overwrites a workflow that bake did not write only on request', async () => {
    const folder = exampleProject();
    const file = path.join(folder, '.github/workflows/bake.yml');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'name: mine\n');
    const refused = await bake(['schedule', '--github'], { cwd: folder });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('overwrite it with --yes');
    expect(fs.readFileSync(file, 'utf8')).toBe('name: mine\n');
    const overwritten = await bake(['schedule', '--github', '--yes'], { cwd: folder });
    expect(overwritten.exitCode, overwritten.stderr).toBe(0);
    expect(fs.readFileSync(file, 'utf8')).toBe(written);
    fs.rmSync(folder, { recursive: true });
  });

  it.each([['--delete'], ['--os', 'alinux2'], ['--channel', 'stable']])(
    'refuses %s, which is about pipelines',
    async (...given) => {
      const ran = await bake(['schedule', '--github', ...given]);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toContain(`${given[0]} belongs to --engine imagebuilder`);
    },
  );

  it('refuses an expression that GitHub does not support', async () => {
    const ran = await bake(['schedule', '--github', '--cron', 'cron(0 3 ? * TUE#1 *)']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('five fields');
  });
});
