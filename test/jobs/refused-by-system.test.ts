/** Tests refusals of the operating system with a real limit of open files: exit 2 or 3 with the limit to raise, never "a bug of bake". */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bake, bakeBin, plainEnvironment } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

let folder: string;
beforeAll(() => {
  folder = exampleProject();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Runs bake with at most this number of open files. */
function limited(files: number, args: string[]): Promise<{ exit: number; said: string }> {
  const command = ['-c', 'ulimit -n "$1"; shift; exec "$@"', 'limited', String(files)];
  return new Promise((resolve) => {
    const env = { ...plainEnvironment(), BAKE_COMMAND: 'bake' };
    execFile(
      'bash',
      [...command, process.execPath, bakeBin(), ...args],
      { cwd: folder, env },
      (error, stdout, stderr) =>
        resolve({ exit: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` }),
    );
  });
}

// Node.js 24 itself needs 21. With each of these limits bake reaches another stage before it has too few.
it.each([22, 24, 28, 34, 42, 50])('names the limit if only %i files may be open', async (files) => {
  fs.rmSync(`${folder}/.bakery`, { recursive: true, force: true });
  const { exit, said } = await limited(files, ['--os', 'alinux2', '--sandbox']);
  expect([2, 3], said).toContain(exit);
  expect(said).toContain('EMFILE');
  expect(said).toContain('ulimit -n 4096');
  expect(said).not.toMatch(/bug of bake|undefined \(|TypeError/);
});

it('resumes the refused run', async () => {
  await limited(34, ['--os', 'alinux2', '--sandbox']);
  const again = await bake(['--os', 'alinux2', '--sandbox'], { cwd: folder });
  expect(again.exitCode, again.stderr).toBe(0);
});

it.each([[['rotate', '--check', '.']], [['images', '--os', 'alinux2']], [['verify', '--help']], [['iam']]])(
  'refuses %j in the same way, or needs fewer files',
  async (args) => {
    for (const files of [22, 25, 28]) {
      const { exit, said } = await limited(files, [...args, ...(args[0] === 'images' ? ['--sandbox'] : [])]);
      expect([0, 1, 2, 3], said).toContain(exit);
      expect(said).not.toMatch(/bug of bake|TypeError/);
    }
  },
);
