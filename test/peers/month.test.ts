/**
 * Tests the unattended month: every `run:` block of bake.yml, in order, as GitHub would run it, against `bake sandbox`
 * with its clock on day 0 and day 31, a real bare git repository and an HTTP server for GitHub's API.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPath } from '../../src/aws/parameters.ts';
import { openSession } from '../../src/aws/session.ts';
import { anyone } from '../support/account.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { openGitHubApi, type GitHubApi } from '../support/github-api.ts';
import { emptyFolder, exampleProject, repository } from '../support/project.ts';

interface Step {
  name?: string;
  id?: string;
  if?: string;
  run?: string;
  env?: Record<string, string>;
}
interface Workflow {
  env: Record<string, string>;
  jobs: Record<
    'plan' | 'bake' | 'promotion' | 'promote' | 'rotate',
    { steps: Step[]; outputs?: Record<string, string> }
  >;
}

const workflow = parse(
  fs.readFileSync(path.join(repository, '.github/workflows/bake.yml'), 'utf8'),
) as Workflow;
const day = (n: number): string =>
  new Date(Date.parse('2026-11-01T04:17:00Z') + n * 86_400_000).toISOString();
/** Calls that change something in the account. */
const WRITES = /:(Put|Create|Copy|Delete|Cancel|Tag|Register|Deregister|Modify|Add|Label)/;

const work = emptyFolder();
const remote = path.join(work, 'remote.git');
let github: GitHubApi;

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

beforeAll(async () => {
  const project = exampleProject();
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'clusters', private: true }));
  fs.writeFileSync(path.join(project, '.gitignore'), 'node_modules/\n.bakery/\n');
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
    cwd: project,
    stdio: 'ignore',
  });
  git(project, 'init', '--quiet', '--initial-branch', 'main');
  git(project, 'add', '--all');
  git(project, 'commit', '--quiet', '--message', 'clusters');
  git(work, 'clone', '--quiet', '--bare', project, remote);
  fs.rmSync(project, { recursive: true });
  github = await openGitHubApi('corp/clusters');
});
const servers: ChildProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  github.close();
  fs.rmSync(work, { recursive: true });
});

interface Server {
  endpoint: string;
  /** Counts the writing calls so far. */
  writes(): Promise<number>;
  stop(): Promise<void>;
}

async function sandboxOn(clock: string): Promise<Server> {
  const args = [bakeBin(), 'sandbox', '--state', path.join(work, 'state'), '--clock', clock, '--json'];
  const child: ChildProcess = spawn(process.execPath, args, {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(child);
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
  const { endpoint } = JSON.parse(line.toString()) as { endpoint: string };
  return {
    endpoint,
    async writes() {
      const calls = (await (await fetch(`${endpoint}/_sandbox/calls`)).json()) as Record<string, number>;
      return Object.entries(calls).reduce((sum, [call, count]) => sum + (WRITES.test(call) ? count : 0), 0);
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Replaces expressions as GitHub does; an expression that is not listed fails the test. */
function evaluate(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined)
      throw new Error(`bake.yml uses an expression this test does not know: ${expression}`);
    return value;
  });
}

/** Runs a `run:` block as GitHub does. The GitHub API answers from this process, so nothing may block it. */
async function runBlock(
  script: string,
  cwd: string,
  env: Record<string, string>,
): Promise<{ status: number | null; output: string }> {
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

/** Runs one job in a fresh clone; returns the outputs of its steps. */
async function runJob(
  name: keyof Workflow['jobs'],
  endpoint: string,
  values: Record<string, string> = {},
): Promise<Record<string, string>> {
  const temp = fs.mkdtempSync(path.join(work, `${name}-`));
  const checkout = path.join(temp, 'checkout');
  git(temp, 'clone', '--quiet', remote, checkout);
  // The artifact of the job before: actions/upload-artifact and download-artifact hand this folder on.
  const artifact = path.join(work, 'promotion');
  if (name === 'promote') fs.cpSync(artifact, path.join(checkout, 'promotion'), { recursive: true });
  const outputs: Record<string, string> = {};
  const known: Record<string, string> = {
    "vars.AWS_ROLE_ARN == '' && 'yes' || ''": '',
    'inputs.os': '',
    "inputs.channel || 'candidate'": 'candidate',
    'github.token': 'token',
    'github.server_url': 'https://github.com',
    ...values,
  };
  for (const step of workflow.jobs[name].steps) {
    if (step.run === undefined) continue;
    if (step.if !== undefined) {
      const condition = /^\$\{\{ steps\.(\w+)\.outputs\.(\w+) == '(\w+)' \}\}$/.exec(step.if);
      if (!condition) throw new Error(`bake.yml has a condition this test does not know: ${step.if}`);
      if (outputs[`${condition[1]}.${condition[2]}`] !== condition[3]) continue;
    }
    const outputFile = path.join(temp, 'output');
    fs.writeFileSync(outputFile, '');
    const written = Object.entries({ ...workflow.env, ...step.env }).map(([key, text]) => [
      key,
      evaluate(text, known),
    ]);
    const ran = await runBlock(step.run, checkout, {
      ...plainEnvironment(),
      ...(Object.fromEntries(written) as Record<string, string>),
      // As `bake schedule --github` writes it for a program in the repository: here that of this checkout.
      BAKE: bakeBin(),
      GITHUB_OUTPUT: outputFile,
      RUNNER_TEMP: temp,
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: 'corp/clusters',
      GITHUB_REPOSITORY_OWNER: 'corp',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    });
    expect(ran.status, `${name} / ${step.name}:\n${ran.output}`).toBe(0);
    for (const line of fs.readFileSync(outputFile, 'utf8').split('\n').filter(Boolean)) {
      const at = line.indexOf('=');
      outputs[`${step.id}.${line.slice(0, at)}`] = line.slice(at + 1);
    }
  }
  if (name === 'promotion') {
    fs.rmSync(artifact, { recursive: true, force: true });
    fs.cpSync(path.join(checkout, 'promotion'), artifact, { recursive: true });
  }
  fs.rmSync(temp, { recursive: true });
  return outputs;
}

/** Runs the whole workflow; `approve` is what a person does in between. Returns how many targets were baked. */
async function runWorkflow(
  endpoint: string,
  approve: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const planned = await runJob('plan', endpoint);
  const targets = JSON.parse(planned['plan.targets'] ?? '') as { os: string; arch: string }[];
  for (const { os, arch } of targets) {
    await runJob('bake', endpoint, { 'matrix.target.os': os, 'matrix.target.arch': arch });
  }
  if (targets.length > 0) {
    await runJob('promotion', endpoint, { 'needs.plan.outputs.targets': planned['plan.targets'] ?? '' });
    await approve();
    await runJob('promote', endpoint);
  }
  await runJob('rotate', endpoint);
  return targets.length;
}

/** Returns the ids that a channel holds, by target. */
async function channel(endpoint: string, name: string): Promise<Record<string, string>> {
  const aws = openSession({ env: {}, endpoint, credentials: anyone });
  const root = `/hpc/ami/${name}/`;
  const found = await readPath(aws, 'us-east-1', root);
  aws.close();
  return Object.fromEntries([...found].map(([parameter, id]) => [parameter.slice(root.length), id]));
}

const branches = (): string =>
  git(work, '--git-dir', remote, 'for-each-ref', '--format=%(refname:short) %(objectname)');

describe('the unattended month', () => {
  it('bakes on day 0 and day 31 into candidate, promotes after approval, prepares one pull request each time, and writes nothing in between', async () => {
    let server = await sandboxOn(day(0));
    const { endpoint } = server;
    const seeded = await channel(endpoint, 'stable');
    const waits = async (): Promise<void> => {
      expect(await channel(endpoint, 'stable')).toEqual(seeded);
      expect(branches()).not.toContain('bakery/rotate');
    };
    expect(await runWorkflow(endpoint, waits)).toBe(4);
    const promoted = await channel(endpoint, 'candidate');
    expect(Object.keys(promoted)).toHaveLength(4);
    expect(await channel(endpoint, 'stable')).toMatchObject(promoted);
    expect(branches()).toContain('bakery/rotate');
    expect(github.pulls).toMatchObject([{ head: { ref: 'bakery/rotate' }, base: { ref: 'main' } }]);
    expect(github.tokens).toEqual(new Set(['Bearer token']));
    // A person merges the pull request.
    for (const pull of github.pulls) pull.state = 'closed';
    git(work, '--git-dir', remote, 'update-ref', 'refs/heads/main', 'refs/heads/bakery/rotate');
    git(work, '--git-dir', remote, 'update-ref', '-d', 'refs/heads/bakery/rotate');
    const calm = await server.writes();
    expect(await runWorkflow(server.endpoint)).toBe(0);
    expect(await server.writes()).toBe(calm);
    expect(branches()).not.toContain('bakery/rotate');
    await server.stop();

    server = await sandboxOn(day(31));
    expect(await runWorkflow(server.endpoint)).toBe(4);
    const second = await channel(server.endpoint, 'stable');
    for (const [target, id] of Object.entries(promoted)) expect(second[target]).not.toBe(id);
    const after = branches();
    expect(after.match(/bakery\//g)).toHaveLength(1);
    const diff = git(work, '--git-dir', remote, 'diff', '--unified=0', 'main', 'bakery/rotate');
    const changed = diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line));
    expect(changed.length).toBeGreaterThan(0);
    expect(new Set(changed.map((line) => line.slice(1).replace(/ami-[0-9a-f]{17}/g, 'AMI'))).size).toBe(
      changed.length / 2,
    );

    const writes = await server.writes();
    await runWorkflow(server.endpoint);
    expect(await server.writes()).toBe(writes);
    expect(branches()).toBe(after);
    expect(github.pulls.filter(({ state }) => state === 'open')).toHaveLength(1);
    await server.stop();
  }, 600_000);
});
