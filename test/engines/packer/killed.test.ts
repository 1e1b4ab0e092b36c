/** Kills bake, Packer and their group while Packer runs: nothing stays, and Packer cleans up once. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { endOrphans, endPredecessor } from '../../../src/engines/packer/process.ts';
import { emptyFolder } from '../../support/project.ts';
import { bundled } from '../../sandbox/bundled.ts';
import { writeProgram } from './support/program.ts';

/**
 * Packer is two processes: the first starts a second one, which does the work, and passes SIGTERM on to it. At a second
 * SIGTERM it stops without cleaning up. It cleans up as long as the test wants: until the file `finish` exists.
 */
const PACKER = `
work() {
  trap 'terms=$((terms + 1)); echo "term $terms" >> terms' TERM
  echo $BASHPID > second
  while [ "\${terms:-0}" = 0 ]; do sleep 0.05; done
  until [ -e finish ]; do sleep 0.05; done
  [ "$terms" = 1 ] && echo yes > cleaned
  exit 1
}
echo $$ > first
work &
second=$!
trap 'kill -TERM $second' TERM
wait $second
while kill -0 $second 2>/dev/null; do wait $second; done
exit 1
`;

let folder = 'none yet';
let child: ChildProcess | undefined;
let ended: Promise<void>;
let said = '';

afterEach(async () => {
  child?.kill('SIGKILL');
  await ended;
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Starts bake's part that runs Packer, and waits until Packer works. */
async function start(body = PACKER): Promise<void> {
  const bundle = await bundled('../engines/packer/support/packer-child.ts');
  folder = emptyFolder();
  said = '';
  // In a process group of its own, as a shell starts it.
  child = spawn(process.execPath, [bundle, folder, writeProgram(folder, body)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  ended = new Promise((resolve) => child?.on('close', () => resolve()));
  await until(() => read('second') !== '');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function read(file: string): string {
  const full = path.join(folder, file);
  return fs.existsSync(full) ? fs.readFileSync(full, 'utf8').trim() : '';
}

function touch(file: string): void {
  fs.writeFileSync(path.join(folder, file), '');
}

const log = (): string => path.join(folder, 'image.log');
const never = new AbortController().signal;

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

/** The temporary folder of this Packer. */
function temporary(): string {
  return (JSON.parse(read('image.log.pid')) as { temporary: string }).temporary;
}

describe.runIf(os.platform() === 'linux')('Packer', () => {
  it('ends and cleans up when bake alone gets kill -9', async () => {
    await start();
    child?.kill('SIGKILL');
    await until(() => read('terms') !== '');
    touch('finish');
    await until(() => !isAlive(read('first')) && !isAlive(read('second')));
    expect(read('cleaned')).toBe('yes');
  });

  it('still cleans up when bake gets SIGTERM and then ends before it', async () => {
    await start();
    child?.kill('SIGTERM');
    await until(() => read('terms') !== '');
    child?.kill('SIGKILL');
    await ended;
    // The signal of bake's end is not a second one for Packer.
    touch('finish');
    await until(() => !isAlive(read('second')));
    expect(read('terms')).toBe('term 1');
    expect(read('cleaned')).toBe('yes');
  });

  it('is waited for by the next bake, which does not interrupt its clean-up and removes its folder', async () => {
    await start();
    const left = temporary();
    child?.kill('SIGKILL');
    await until(() => read('terms') !== '');
    const next = endPredecessor(log(), never);
    touch('finish');
    expect(await next).toBe(true);
    expect(read('terms')).toBe('term 1');
    expect(read('cleaned')).toBe('yes');
    expect(fs.existsSync(left)).toBe(false);
    expect(fs.existsSync(`${log()}.pid`)).toBe(false);
  });

  it('is ended by the bake of another run only if its own bake is dead', async () => {
    await start();
    await endOrphans([log()], never);
    expect(read('terms')).toBe('');
    child?.kill('SIGKILL');
    await ended;
    touch('finish');
    await endOrphans([log()], never);
    expect(isAlive(read('second'))).toBe(false);
    expect(fs.existsSync(`${log()}.pid`)).toBe(false);
  });

  it('leaves its folder to the next bake when it ended before that bake', async () => {
    await start();
    const left = temporary();
    child?.kill('SIGKILL');
    touch('finish');
    await until(() => !isAlive(read('first')) && !isAlive(read('second')));
    await until(() => !isAlive(String((JSON.parse(read('image.log.pid')) as { pid: number }).pid)));
    expect(await endPredecessor(log(), never)).toBe(false);
    expect(fs.existsSync(left)).toBe(false);
  });

  it('leaves no second process when its first process alone gets kill -9', async () => {
    await start();
    touch('finish');
    process.kill(Number(read('first')), 'SIGKILL');
    await ended;
    expect(isAlive(read('second'))).toBe(false);
    expect(JSON.parse(said)).toMatchObject({
      exitCode: 137,
      reason: expect.stringContaining('exit code 137'),
    });
  });

  it('gets its arguments unchanged, and its exit code reaches bake', async () => {
    await start('printf "%s\\n" "$@" > arguments; echo x > second; exit 7');
    await ended;
    expect(read('arguments')).toBe('build\na b');
    expect(JSON.parse(said)).toMatchObject({ exitCode: 7 });
  });
});
