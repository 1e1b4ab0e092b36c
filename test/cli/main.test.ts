/** Tests the built program: help, exit codes, --json, signals, closed pipes. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { closeSync, existsSync, openSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { helpTexts, version } from '../../src/cli/prebuilt.ts';
import { bake, bakeBin, plainEnvironment } from '../support/bake.ts';

const folder = mkdtempSync(join(tmpdir(), 'bake-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('help', () => {
  test.each(commands.map((command) => command.name))(
    'of bake %s is as recorded, with an example',
    async (name) => {
      const text = helpTexts[name] ?? '';
      expect(text).toMatch(/\nExamples\n {2}.*bake /);
      await expect(text).toMatchFileSnapshot(`help/${name}.txt`);
    },
  );

  test('of bake is as recorded', async () => {
    await expect(helpTexts['']?.replace(version, 'VERSION')).toMatchFileSnapshot('help/bake.txt');
  });

  test.each([
    [['--help'], ''],
    [['-h'], ''],
    [['help'], ''],
    [['help', 'plan'], 'plan'],
    [['plan', '--help'], 'plan'],
    [['--sandbox', '--os', 'alinux2', 'rotate', '-h'], 'rotate'],
    [['run', '--help', '--json'], 'run'],
  ])('is printed for %j, the same in the bundle as in the source', async (argv, name) => {
    expect(await bake(argv)).toMatchObject({ exitCode: 0, stdout: helpTexts[name], stderr: '' });
  });

  test('of an unknown command is an error', async () => {
    expect(await bake(['help', 'plna'])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('prints the version', async () => {
    expect(await bake(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  });
});

describe('exit codes', () => {
  test('2 for a wrong command line, with the reason on stderr', async () => {
    const ran = await bake(['plna']);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('USAGE there is no command plna; did you mean plan?');
  });

  test.each(['run', 'plan'])(
    '2 for bake %s without bakery.yaml, naming bake init and --sandbox',
    async (name) => {
      const ran = await bake([name, '--os', 'alinux2'], { cwd: folder });
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toContain('CONFIG_MISSING');
      expect(ran.stderr).toContain('bake init');
      expect(ran.stderr).toContain('--sandbox');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('2 with the list of OSes for an unknown OS', async () => {
    const ran = await bake(['--os', 'centos9', '--sandbox'], { cwd: folder });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('alinux2, alinux2023, ubuntu2004');
  });

  test('2 for bake verify with --provenance and --junit', async () => {
    const ran = await bake(['verify', '--os', 'alinux2', '--provenance', '--junit', 'x.xml'], {
      cwd: folder,
    });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('USAGE --junit');
  });

  test('2 for an unknown error code', async () => {
    const ran = await bake(['explain', 'CA_LEF']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('did you mean CA_LEAF?');
  });
});

describe('--json', () => {
  test.each([
    [['explain', 'CA_LEAF'], 0, 'code'],
    [['explain'], 0, 'codes'],
    [['iam'], 0, 'Version'],
    [['schema'], 0, '$schema'],
    [['completion', 'bash'], 0, 'script'],
    [['plna'], 2, 'errors'],
    [['--os', 'alinux2'], 2, 'errors'],
  ])('of %j prints one document on stdout and nothing else', async (argv, exitCode, key) => {
    const ran = await bake([...argv, '--json'], { cwd: folder });
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(ran.stdout)).toHaveProperty(key.replaceAll('.', '\\.'));
  });
});

describe('bake iam', () => {
  test('prints a policy whose statements all name actions and resources', async () => {
    const policy = JSON.parse((await bake(['iam'], { cwd: folder })).stdout) as {
      Statement: { Effect: string; Action: string[]; Resource: string | string[] }[];
    };
    for (const statement of policy.Statement) {
      expect(statement.Effect).toBe('Allow');
      expect(statement.Action.length).toBeGreaterThan(0);
      for (const resource of [statement.Resource].flat())
        expect(resource).toMatch(/^(\*|arn:aws:[a-z0-9-]+:.*)$/);
    }
  });
});

describe('a pipe that is closed', () => {
  test('is not an error', async () => {
    const ran = spawn(
      'bash',
      ['-c', `set -o pipefail; "$0" "$1" explain | head -1; echo "$?"`, process.execPath, bakeBin()],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: plainEnvironment(),
      },
    );
    let [stdout, stderr] = ['', ''];
    ran.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    ran.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await new Promise((resolve) => ran.on('close', resolve));
    expect(stdout).toMatch(/^CODE +EXIT +MEANING\n0\n$/);
    expect(stderr).toBe('');
  });
});

describe.runIf(existsSync('/dev/full'))('a standard output that is full', () => {
  test.each([
    ['plan', '--os', 'alinux2', '--sandbox', '--json'],
    ['explain', 'standard'],
    ['explain', 'USAGE', '--json'],
    ['schema', 'bakery'],
    ['--version'],
    ['help', 'rotate'],
  ])('is an error of bake %s %s', async (...args) => {
    const home = mkdtempSync(join(folder, 'full-'));
    await bake(['init'], { cwd: home });
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [bakeBin(), ...args], {
      cwd: home,
      env: plainEnvironment(),
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining('OUTPUT_LOST') });
  });
});

test('bake plan names the release that an upgrade of alinux2023 moves to', async () => {
  const home = mkdtempSync(join(folder, 'release-'));
  const ran = await bake(['plan', '--os', 'alinux2023', '--sandbox'], { cwd: home });
  expect(ran.exitCode, ran.stderr).toBe(1); // A run would change something.
  expect(ran.stdout + ran.stderr).toContain('upgrade, security, to release latest');
});

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s ends a run with 130 and one document, even if it waits for an answer that never comes',
    async (signal) => {
      const { ran } = await hanging(async (child) => void child.kill(signal));
      expect(ran).toMatchObject({ exitCode: 130, signal: null });
      expect(ran.stderr).toContain('INTERRUPTED');
      expect(JSON.parse(ran.stdout)).toMatchObject({ errors: [{ code: 'INTERRUPTED' }] });
    },
  );

  test('sent twice stops the run at once', async () => {
    const { ran } = await hanging(async (child) => {
      child.kill('SIGINT');
      child.kill('SIGTERM');
    });
    expect(ran.exitCode).toBe(130);
  });
});

/** Runs against an AWS that accepts the request and never answers; calls `act` when it waits. */
async function hanging(act: (child: ReturnType<typeof spawn>) => Promise<void>) {
  const home = mkdtempSync(join(folder, 'run-'));
  await bake(['init'], { cwd: home });
  const server = createServer();
  const asked = new Promise((resolve) => server.once('request', resolve));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const child = spawn(process.execPath, [bakeBin(), '--os', 'alinux2', '--json'], {
    cwd: home,
    env: {
      ...plainEnvironment(),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'yyyyy',
      AWS_REGION: 'us-east-1',
    },
  });
  const ran = {
    stdout: '',
    stderr: '',
    exitCode: null as number | null,
    signal: null as NodeJS.Signals | null,
  };
  child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()));
  const closed = new Promise<void>((resolve) => {
    child.on('close', (exitCode, signal) => {
      Object.assign(ran, { exitCode, signal });
      resolve();
    });
  });
  await Promise.race([asked, closed]);
  await act(child);
  await closed;
  server.closeAllConnections();
  server.close();
  return { ran };
}

test('the entry loads no other module for help', () => {
  const entry = readFileSync(bakeBin(), 'utf8');
  expect(entry.match(/^import|[;}]import/g) ?? []).toEqual([]);
});
