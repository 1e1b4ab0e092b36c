/** Tests how bake runs Packer: its environment, how bake stops it, and how bake ends the Packer of a killed run. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endPredecessor, runPacker, type PackerRun } from '../../../src/engines/packer/process.ts';
import { openSession } from '../../../src/aws/session.ts';
import { checkOwner, processOf, signalTo } from '../../../src/util/owner.ts';
import { emptyFolder } from '../../support/project.ts';
import { writeProgram } from './support/program.ts';

const folder = emptyFolder();
afterAll(() => fs.rmSync(folder, { recursive: true }));

const USER = {
  PATH: process.env['PATH'],
  HOME: '/home/somebody',
  AWS_PROFILE: 'production',
  AWS_SECRET_ACCESS_KEY: 'of-production',
  GITHUB_TOKEN: 'ghp_secret',
  HTTPS_PROXY: 'http://proxy.corp.example:3128',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
};

function accessOf(endpoint?: string): Promise<PackerRun['access']> {
  const aws = openSession({ env: USER, endpoint, trust: ['-----of the bakery-----'] });
  aws.close();
  return aws.forChildren();
}

let runs = 0;

async function run(
  body: string,
  more: Partial<PackerRun> = {},
): Promise<{ exitCode: number | undefined; lines: string[]; log: string }> {
  const place = path.join(folder, String(++runs));
  fs.mkdirSync(place);
  const lines: string[] = [];
  const log = path.join(place, 'logs', 'image.log');
  const { exitCode } = await runPacker({
    command: writeProgram(place, body),
    args: [],
    cwd: place,
    access: await accessOf('http://127.0.0.1:1'),
    log,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    ...more,
  });
  return { exitCode, lines, log };
}

describe('the environment of Packer', () => {
  it('contains no profile, key or proxy of the user when Packer runs against the sandbox', async () => {
    const { lines } = await run('env');
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
    expect(env).toMatchObject({
      AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      CHECKPOINT_DISABLE: '1',
      HOME: '/home/somebody',
    });
    const leaked = ['AWS_PROFILE', 'GITHUB_TOKEN', 'HTTPS_PROXY', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];
    expect(leaked.filter((name) => name in env)).toEqual([]);
  });

  it("contains the user's AWS settings when Packer runs against AWS, but no secrets of other services", async () => {
    const { lines } = await run('env', { access: await accessOf() });
    expect(lines).toContain('AWS_PROFILE=production');
    expect(lines).toContain('HTTPS_PROXY=http://proxy.corp.example:3128');
    expect(lines.join('\n')).not.toContain('ghp_secret');
  });

  it('contains the CA certificates that bake trusts, in a temporary folder that is deleted afterwards', async () => {
    const { lines } = await run(
      'stat -c %a "$TMPDIR"; echo "$TMPDIR"; grep -c "of the bakery" "$AWS_CA_BUNDLE"',
    );
    expect(lines[0]).toBe('700');
    expect(lines[2]).toBe('1');
    expect(fs.existsSync(lines[1] ?? '')).toBe(false);
  });
});

describe('a Packer process', () => {
  it('reports every line of its output, and its exit code', async () => {
    const { exitCode, lines, log } = await run('echo one; echo two >&2; sleep 0.5; printf three; exit 3');
    expect({ exitCode, lines }).toEqual({ exitCode: 3, lines: ['one', 'two', 'three'] });
    expect(fs.readFileSync(log, 'utf8')).toBe('one\ntwo\nthree');
    expect(fs.statSync(log).mode & 0o777).toBe(0o600);
  });

  it('is stopped with SIGTERM only, and has time to clean up', async () => {
    const stop = new AbortController();
    const body = `trap '' INT; trap 'echo cleaning; sleep 0.3; echo cleaned; exit 1' TERM; echo ready; while :; do sleep 0.05; done`;
    const { exitCode, lines } = await run(body, { signal: stop.signal, onLine: hear });
    expect({ exitCode, heard: heard.slice(0, 3), lines }).toEqual({
      exitCode: 1,
      heard: ['ready', 'cleaning', 'cleaned'],
      lines: [],
    });
    function hear(line: string): void {
      heard.push(line);
      if (line === 'ready') stop.abort();
    }
  });

  it('is ended by the next bake if a killed bake left it running, and the next bake waits for its clean-up', async () => {
    const place = path.join(folder, 'left');
    fs.mkdirSync(place);
    const log = path.join(place, 'image.log');
    const program = writeProgram(
      place,
      `trap 'sleep 0.3; echo cleaned >> ${path.join(place, 'done')}; exit 1' TERM; touch ${path.join(place, 'ready')}; while :; do sleep 0.05; done`,
    );
    const running = runPacker({
      command: program,
      args: [],
      cwd: place,
      access: await accessOf('http://127.0.0.1:1'),
      log,
      signal: new AbortController().signal,
      onLine: () => {},
    });
    const owner = await readOwner(`${log}.pid`);
    expect(checkOwner(owner)).toBe('alive');
    while (!fs.existsSync(path.join(place, 'ready'))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await endPredecessor(log, new AbortController().signal)).toBe(true);
    expect(fs.readFileSync(path.join(place, 'done'), 'utf8')).toBe('cleaned\n');
    expect(await running).toMatchObject({ exitCode: 1 });
    expect(await endPredecessor(log, new AbortController().signal)).toBe(false);
  });

  it('is not signalled if its start time or host differs from the one that was noted for its pid', () => {
    const mine = processOf(process.pid);
    expect(signalTo({ ...mine, started: '1' }, 'SIGKILL')).toBe(false);
    expect(signalTo({ ...mine, host: 'another' }, 'SIGKILL')).toBe(false);
  });
});

const heard: string[] = [];

/** Waits until bake has written the file with the pid of Packer. */
async function readOwner(file: string): Promise<ReturnType<typeof processOf>> {
  for (;;) {
    if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')) as ReturnType<typeof processOf>;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
