/** Owns: `bake render --node-script` as a user runs it, without any AWS. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

test('writes one script of bash for each target, and asks no AWS', async () => {
  const folder = exampleProject();
  try {
    const ran = await bake(['render', '--os', 'alinux2', '--node-script', '--json'], { cwd: folder });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { files } = JSON.parse(ran.stdout) as { files: { os: string; file: string }[] };
    expect(files.map(({ os, file }) => `${os} ${path.basename(file)}`)).toEqual(['alinux2 node-start.sh']);
    const script = path.join(folder, files[0]?.file ?? '');
    expect(fs.statSync(script).mode & 0o777).toBe(0o755);
    expect(spawnSync('bash', ['-n', script]).status).toBe(0);
    // Nothing of the engine's is written beside it.
    expect(fs.readdirSync(path.dirname(script))).toEqual(['node-start.sh']);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
