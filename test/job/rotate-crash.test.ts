/** Tests a rotation that is killed or interrupted: every file is old or new, and the next run removes temporary files. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../config/folder.ts';
import { bake, bakeBin, plainEnvironment } from '../support/bake.ts';

const OLD = 'ami-0aaaaaaaaaaaaaaaa';
const NEW = 'ami-0bbbbbbbbbbbbbbbb';
const FILES = 500;
const folders = ['a', 'b', 'b/c', 'd', 'e'];
const args = ['rotate', '.', '--map', `${OLD}=${NEW}`];

function text(id: string, at: number): string {
  const queues = [1, 2, 3].map((queue) => `    - Name: q${queue}\n      Image: { CustomAmi: ${id} }\n`);
  return `# ${at}\nImage:\n  Os: alinux2\nScheduling:\n  SlurmQueues:\n${queues.join('')}# ${'x'.repeat(at * 7)}\n`;
}

function nameOf(at: number): string {
  return `${folders[at % folders.length]}/${at}.yaml`;
}

async function makeFolder(): Promise<string> {
  const folder = await folderWith({});
  for (const name of folders) mkdirSync(path.join(folder, name));
  for (let at = 0; at < FILES; at++) writeFileSync(path.join(folder, nameOf(at)), text(OLD, at));
  return folder;
}

/** Counts the files that are rotated; throws when one is neither old nor new. */
function rotated(folder: string): number {
  let count = 0;
  for (let at = 0; at < FILES; at++) {
    const found = readFileSync(path.join(folder, nameOf(at)), 'utf8');
    if (found === text(NEW, at)) count += 1;
    else expect(found, nameOf(at)).toBe(text(OLD, at));
  }
  return count;
}

/** The names of all files that are not configs. */
function litter(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => !folders.includes(name) && !name.endsWith('.yaml'));
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** Runs bake and sends the signal when its folders have seen that many changes. */
function endedAfter(folder: string, changes: number, signal: NodeJS.Signals): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bakeBin(), ...args], {
      cwd: folder,
      env: plainEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let seen = 0;
    const watchers = folders.map((name) =>
      watch(path.join(folder, name), () => {
        seen += 1;
        if (seen === changes) child.kill(signal);
      }),
    );
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => (stderr += more));
    child.on('error', reject);
    child.on('close', (code, by) => {
      for (const watcher of watchers) watcher.close();
      resolve({ code, signal: by, stderr });
    });
  });
}

it('leaves every file old or new when it is killed, and the next run removes temporary files', async () => {
  const folder = await makeFolder();
  let before = 0;
  let dirty = 0;
  for (const changes of [2, 60, 333, 100]) {
    const { signal } = await endedAfter(folder, changes, 'SIGKILL');
    expect(signal).toBe('SIGKILL');
    const after = rotated(folder);
    expect(after).toBeGreaterThanOrEqual(before);
    before = after;
    dirty += litter(folder).length;
  }
  // Otherwise no kill came in the middle of a run.
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(FILES);
  expect(dirty).toBeGreaterThan(0);
  const last = await bake(args, { cwd: folder });
  expect(last.exitCode).toBe(0);
  expect(rotated(folder)).toBe(FILES);
  expect(litter(folder)).toEqual([]);
});

it('ends cleanly when it is interrupted, and says how many files it rotated', async () => {
  const folder = await makeFolder();
  const { code, stderr } = await endedAfter(folder, 50, 'SIGINT');
  expect([code, stderr]).toEqual([130, expect.stringMatching(/stopped after \d+ of 500 files/)]);
  const [, said] = /stopped after (\d+) of 500/.exec(stderr) ?? [];
  expect(rotated(folder)).toBe(Number(said));
  expect(litter(folder)).toEqual([]);
});
