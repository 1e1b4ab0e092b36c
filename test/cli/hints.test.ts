/** Tests that texts for users name no file of this repository, and that what they name instead works everywhere. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { shippedFiles } from '../../src/jobs/shipped-files.ts';
import { releases } from '../../src/os/releases.ts';
import { bake } from '../support/bake.ts';
import { emptyFolder, exampleProject, repository } from '../support/project.ts';

/** Where texts for users come from. */
const SOURCES = ['src/errors', 'src/cli', 'src/jobs', 'src/preflight', 'src/pipeline', 'src/config', 'src/os', 'src/rotate', 'src/assets', 'src/engines', 'src/publish', 'src/events']; // prettier-ignore
/** Files that a user's checkout does not have. A recipe of one's own is in recipes/. */
const OURS =
  /\b(?:examples|schema|templates|docs|scripts|src|test|bench)\/(?:aws\/)?[\w.*-]*(?:\.(?:yaml|json|md|ts|mjs)|\/)/;

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));
}

/** The lines outside of comments and imports that name one of them. */
function named(text: string): string[] {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$|^import [^;]*;|packagePath\([^)]*\)/gm, '');
  return code.split('\n').filter((line) => OURS.test(line));
}

/** The default of `bake schema`'s example is for people who work on bake itself; sources of rules are cited in templates. */
const ALLOWED = /npm run schema|aws-parallelcluster:|aws\/aws-parallelcluster|parallelcluster\/.*templates\//;

test.each(SOURCES)('no text of %s names a file that a user does not have', (folder) => {
  const found = filesBelow(folder).flatMap((file) =>
    named(fs.readFileSync(path.join(repository, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
  );
  expect(found.filter((line) => !ALLOWED.test(line))).toEqual([]);
});

test('the check finds such texts', () => {
  expect(named("hint: () => 'see examples/bakery.yaml'")).toHaveLength(1);
  expect(named("'create it with templates/aws/builder.yaml'")).toHaveLength(1);
  expect(named("'docs/channels.md explains it'")).toHaveLength(1);
  expect(named('// see docs/channels.md')).toEqual([]);
});

describe('bake explain FILE', () => {
  it.each(shippedFiles.map(({ file }) => file))('prints %s anywhere, as it is', async (file) => {
    const folder = emptyFolder();
    const ran = await bake(['explain', file], { cwd: folder });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    // CloudFormation's tags are warnings for the parser.
    expect(parse(ran.stdout, { logLevel: 'silent' })).toBeTruthy();
    const shipped = ['examples', 'templates/aws'].map((from) => path.join(repository, from, file.replace(/^aws-/, '')));
    const texts = shipped.filter((one) => fs.existsSync(one)).map((one) => fs.readFileSync(one, 'utf8'));
    expect(texts).toContain(`${ran.stdout.trimEnd()}\n`);
    fs.rmSync(folder, { recursive: true });
  }); // prettier-ignore
});

describe('a wrong version', () => {
  const hint = async (...args: string[]): Promise<string> => {
    const folder = exampleProject();
    const ran = await bake(['plan', ...args, '--sandbox', '--json'], { cwd: folder });
    fs.rmSync(folder, { recursive: true });
    expect(ran.exitCode).toBe(2);
    return (JSON.parse(ran.stdout) as { errors: { hint: string }[] }).errors[0]?.hint ?? '';
  };

  it.each([
    ['alinux2', '3.16.0', ['3.0.0', '3.15.1'], ['3.16.1']],
    ['ubuntu2404', '3.1.1', ['3.14.0', '3.16.3'], ['3.1.1', '3.15.9']],
    ['ubuntu2004', '3.15.1', ['3.13.2'], ['3.14.0']],
    ['alinux2', '3.7.9', ['3.7.2', '3.15.1'], ['3.16.0']],
  ])('of %s, %s, gets the right ones listed', async (os, version, right, wrong) => {
    const text = await hint('--os', os, '--parallelcluster', version);
    const listed = new Set(text.split(': ').at(-1)?.split(', '));
    for (const one of right) expect([...listed]).toContain(one);
    for (const one of wrong) expect([...listed]).not.toContain(one);
    expect([...listed].filter((one) => !releases.includes(one))).toEqual([]);
  });
});

describe('bake render', () => {
  it.each(['imagebuilder', 'packer'])('needs no credentials with %s', async (engine) => {
    const folder = exampleProject();
    const args = ['render', '--os', 'ubuntu2204', '--arch', 'x86_64', '--engine', engine, '--json'];
    const ran = await bake(args, { cwd: folder, env: { AWS_EC2_METADATA_DISABLED: 'true' } });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('no AWS credentials: ami-00000000000000000 stands for base images');
    const { files } = JSON.parse(ran.stdout) as { files: { file: string }[] };
    expect(files.length).toBeGreaterThan(20);
    const text = files.map(({ file }) => fs.readFileSync(path.join(folder, file), 'utf8')).join('\n');
    // Image Builder takes the base image from the recipe, not from a file.
    if (engine === 'packer') expect(text).toContain('ami-00000000000000000');
    // The scripts are those of a run with an account.
    const sandboxed = await bake([...args, '--sandbox', '--out', 'with'], { cwd: folder });
    const names = (JSON.parse(sandboxed.stdout) as { files: { file: string }[] }).files.map(({ file }) => file);
    const steps = names.filter((file) => file.includes('/steps/'));
    expect(steps.length).toBeGreaterThan(5);
    for (const file of steps) {
      const without = file.replace(/^with/, 'rendered');
      expect(fs.readFileSync(path.join(folder, without), 'utf8')).toBe(fs.readFileSync(path.join(folder, file), 'utf8'));
    }
    fs.rmSync(folder, { recursive: true });
  }); // prettier-ignore

  it('names the base image that bakery.yaml names', async () => {
    const folder = exampleProject();
    const ran = await bake(['render', '--os', 'rocky9', '--engine', 'packer', '--json'], {
      cwd: folder,
      env: { AWS_EC2_METADATA_DISABLED: 'true' },
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { files } = JSON.parse(ran.stdout) as { files: { file: string }[] };
    const text = files.map(({ file }) => fs.readFileSync(path.join(folder, file), 'utf8')).join('\n');
    expect(text).toContain('ami-0f8e0c679a331b974');
    fs.rmSync(folder, { recursive: true });
  });
});
