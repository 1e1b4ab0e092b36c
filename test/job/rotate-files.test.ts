/** Tests rotation of files that cannot be written: as an ordinary user, on a full disk, an immutable file. Needs root or a user namespace. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../config/folder.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';

const OLD = 'ami-0aaaaaaaaaaaaaaaa';
const NEW = 'ami-0bbbbbbbbbbbbbbbb';
const config = `Image:\n  Os: alinux2\n  CustomAmi: ${OLD}\n# ${'x'.repeat(20_000)}\n`;
const rotated = config.replace(OLD, NEW);
const root = process.getuid?.() === 0;
function command(): string[] {
  return [process.execPath, bakeBin(), 'rotate', '.', '--map', `${OLD}=${NEW}`];
}

interface Ran {
  status: number | null;
  stderr: string;
}

function run(before: readonly string[], folder: string): Ran {
  const [program = '', ...args] = [...before, ...command()];
  const { status, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: plainEnvironment(),
    encoding: 'utf8',
  });
  return { status, stderr };
}

function read(folder: string, name: string): string {
  return fs.readFileSync(path.join(folder, name), 'utf8');
}

/** All names in a folder, temporary files of bake included. */
function all(folder: string): string[] {
  return fs.readdirSync(folder).sort();
}

it.runIf(root)(
  'reports each file that an ordinary user may not read or write, and rotates the others',
  async () => {
    const folder = await folderWith({
      'mine.yaml': config,
      'readonly.yaml': config,
      'secret.yaml': config,
      'shut/a.yaml': config,
      'hidden/b.yaml': config,
    });
    execFileSync('chown', ['-R', '65534:65534', folder]);
    fs.chmodSync(path.join(folder, 'readonly.yaml'), 0o444);
    fs.chmodSync(path.join(folder, 'secret.yaml'), 0o000);
    fs.chmodSync(path.join(folder, 'shut'), 0o555);
    fs.chmodSync(path.join(folder, 'hidden'), 0o000);
    const { status, stderr } = run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], folder);
    fs.chmodSync(path.join(folder, 'hidden'), 0o755);
    expect(stderr).toMatch(/FILE_UNREADABLE.*secret\.yaml cannot be read: EACCES/);
    expect(stderr).toMatch(/FILE_UNREADABLE.*hidden\/ cannot be read: EACCES/);
    expect(stderr).toMatch(/FILE_UNWRITABLE.*readonly\.yaml cannot be written: EACCES/);
    expect(stderr).toMatch(/FILE_UNWRITABLE.*shut\/a\.yaml cannot be written: EACCES/);
    expect(status).toBe(3);
    expect(read(folder, 'mine.yaml')).toBe(rotated);
    for (const name of ['readonly.yaml', 'secret.yaml', 'shut/a.yaml', 'hidden/b.yaml']) {
      expect(read(folder, name)).toBe(config);
    }
    expect(all(folder)).toEqual(['hidden', 'mine.yaml', 'readonly.yaml', 'secret.yaml', 'shut']);
  },
);

it('leaves a file unchanged when the disk is full, and leaves no temporary file', async () => {
  const folder = await folderWith({});
  const script = [
    'set -e',
    'mount -t tmpfs -o size=64k none "$1"; cd "$1"',
    'printf %s "$CONFIG" > a.yaml; head -c 36k /dev/zero > filler',
    'shift; "$@" && status=0 || status=$?',
    '[ "$(cat a.yaml)" = "$CONFIG" ] || { echo changed; exit 99; }',
    '[ "$(ls -A)" = "$(printf "a.yaml\\nfiller")" ] || { ls -A; exit 98; }',
    'exit "$status"',
  ].join('\n');
  const args = ['-m', ...(root ? [] : ['-r']), 'bash', '-c', script, 'full', folder, ...command()];
  const env = { ...plainEnvironment(), CONFIG: config.trimEnd() };
  const { status, stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8' });
  expect(stdout).not.toMatch(/changed|\.bake-/);
  expect(stderr).toMatch(/FILE_UNWRITABLE.*a\.yaml cannot be written: ENOSPC/);
  expect(status).toBe(3);
});

it.runIf(root)('leaves an immutable file unchanged, where the file system supports it', async (context) => {
  const folder = await folderWith({ 'a.yaml': config, 'b.yaml': config });
  const file = path.join(folder, 'a.yaml');
  const { status } = spawnSync('chattr', ['+i', file]);
  if (status !== 0) context.skip('this file system has no immutable files');
  try {
    const ran = run([], folder);
    expect(ran.stderr).toMatch(/FILE_UNWRITABLE.*a\.yaml cannot be written: EPERM/);
    expect(ran.status).toBe(3);
    expect([read(folder, 'a.yaml'), read(folder, 'b.yaml')]).toEqual([config, rotated]);
    expect(all(folder)).toEqual(['a.yaml', 'b.yaml']);
  } finally {
    spawnSync('chattr', ['-i', file]);
  }
});
