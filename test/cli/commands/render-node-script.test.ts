/** Tests `bake render --node-script`, without AWS. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../../src/util/sha256.ts';
import { bake } from '../../support/bake.ts';
import { exampleProject } from '../../support/project.ts';

const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };

test('writes one bash script for each target without a call to AWS', async () => {
  const folder = exampleProject();
  try {
    const ran = await bake(['render', '--os', 'alinux2', '--node-script', '--json'], { cwd: folder });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { files, recipes } = JSON.parse(ran.stdout) as {
      files: { os: string; file: string }[];
      recipes: unknown;
    };
    expect(recipes).toEqual([{ name: 'recipe.yaml', from: 'recipe.yaml' }]);
    expect(files.map(({ os, file }) => `${os} ${path.basename(file)}`)).toEqual(['alinux2 node-start.sh']);
    const script = path.join(folder, files[0]?.file ?? '');
    expect(fs.statSync(script).mode & 0o777).toBe(0o755);
    expect(spawnSync('bash', ['-n', script]).status).toBe(0);
    // No file of the engine is written.
    expect(fs.readdirSync(path.dirname(script))).toEqual(['node-start.sh']);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('contains the assets of the image, which an engine would stage', async () => {
  const bytes = Buffer.alloc(100_000, 'asset ');
  const digest = sha256(bytes);
  const folder = exampleProject({
    'assets.yaml': `version: 1\nassets: [{ name: a, file: a.bin, sha256: ${digest}, path: /opt/site/a }]\n`,
    'recipe.yaml': 'steps: [assets]\n',
    'a.bin': bytes.toString(),
  });
  try {
    const ran = await bake(['render', '--os', 'alinux2', '--node-script', '--json'], { cwd: folder });
    const { files } = JSON.parse(ran.stdout) as { files: { file: string }[] };
    const script = fs.readFileSync(path.join(folder, files[0]?.file ?? ''), 'utf8');
    const [, at, base64 = ''] = /^bake_file '([^']+)' <<'BAKE_FILE'\n([^]*?)\nBAKE_FILE\n\nbake_step must 'asset-a'/m.exec(script) ?? []; // prettier-ignore
    expect(at).toBe(`/opt/bakery/staging/${digest}`);
    expect(sha256(Buffer.from(base64, 'base64'))).toBe(digest);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('bake render links the files of the steps next to them, without a copy', async () => {
  const bytes = Buffer.alloc(100_000, 'asset ');
  const folder = exampleProject({
    'assets.yaml': `version: 1\nassets: [{ name: a, file: a.bin, sha256: ${sha256(bytes)}, path: /opt/site/a }]\n`,
    'recipe.yaml': 'steps: [assets]\n',
    'a.bin': bytes.toString(),
  });
  try {
    const more = ['--engine', 'packer', '--sandbox', '--json'];
    const ran = await bake(['render', '--os', 'alinux2', ...more], { cwd: folder });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('1 asset, 98 KiB');
    const { files } = JSON.parse(ran.stdout) as { files: { file: string }[] };
    const laid = files.map(({ file }) => file).filter((file) => file.endsWith(sha256(bytes)));
    expect(laid.map((file) => path.relative('rendered/alinux2-x86_64-3.15.1', file)).sort()).toEqual([
      `files/${sha256(bytes)}`,
      `packer/files/${sha256(bytes)}`,
    ]);
    const inode = fs.statSync(path.join(folder, 'a.bin')).ino;
    expect(laid.map((file) => fs.statSync(path.join(folder, file)).ino)).toEqual([inode, inode]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test.each([
  ['minimal', `recipe minimal, shipped with ami-bakery ${version}`, `ami-bakery ${version}`],
  ['recipe.yaml', 'recipe recipe.yaml', 'recipe.yaml'],
])('says where the recipe %s comes from', async (recipe, note, from) => {
  const folder = exampleProject();
  try {
    const command = ['render', '--os', 'alinux2', '--node-script', '--recipe', recipe];
    const ran = await bake(command, { cwd: folder });
    expect(ran.stderr.split('\n')).toContain(note);
    const { recipes } = JSON.parse((await bake([...command, '--json'], { cwd: folder })).stdout) as {
      recipes: unknown;
    };
    expect(recipes).toEqual([{ name: recipe, from }]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
