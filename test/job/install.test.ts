/** Installs bake as README says, each time into an empty folder: the single file, and the package as a release file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { plainEnvironment } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const manifest = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
  version: string;
  private?: boolean;
};
const tarball = `ami-bakery-${manifest.version}.tgz`;

const release = emptyFolder();
const home = emptyFolder();
let folder = 'none yet';
const folders = [release, home];
beforeAll(() => {
  const made = run(`node ${path.join(repository, 'scripts/release.mjs')} --out ${release}`, repository);
  if (made.status !== 0) throw new Error(made.stderr);
}, 180_000);
beforeEach(() => {
  folder = emptyFolder();
  folders.push(folder);
});
afterAll(() => {
  for (const one of folders) fs.rmSync(one, { recursive: true, force: true });
});

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command line in an empty folder, without network for npm, and with a home of its own. */
function run(command: string, cwd = folder, env: Record<string, string> = {}): Ran {
  const alone = {
    ...plainEnvironment(),
    HOME: home,
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
  return spawnSync('bash', ['-c', command], { cwd, env: { ...alone, ...env }, encoding: 'utf8' });
}

function ok(command: string, env: Record<string, string> = {}): string {
  const ran = run(command, folder, env);
  expect(ran.status, `${command}\n${ran.stdout}${ran.stderr}`).toBe(0);
  return ran.stdout;
}

/** The lines below Next that call bake. */
function nextOf(stdout: string): string[] {
  const lines = (stdout.split('\nNext\n')[1] ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => line.split('  #')[0] as string);
}

describe('a release', () => {
  it('has a digest beside each file, and its package cannot be published by accident', () => {
    expect(manifest.private).toBe(true);
    const names = fs.readdirSync(release).sort();
    expect(names).toEqual([tarball, `${tarball}.sha256`, 'bake.mjs', 'bake.mjs.sha256']);
    for (const name of [tarball, 'bake.mjs']) {
      const digest = createHash('sha256')
        .update(fs.readFileSync(path.join(release, name)))
        .digest('hex');
      expect(fs.readFileSync(path.join(release, `${name}.sha256`), 'utf8')).toBe(`${digest}  ${name}\n`);
    }
  });
});

describe('bake.mjs', () => {
  beforeEach(() => {
    for (const name of ['bake.mjs', 'bake.mjs.sha256'])
      fs.copyFileSync(path.join(release, name), path.join(folder, name));
  });

  it('does the main job in an empty folder, and its next steps call it', () => {
    expect(ok('sha256sum --check --strict bake.mjs.sha256')).toBe('bake.mjs: OK\n');
    const [next] = nextOf(ok('node bake.mjs --os alinux2 --sandbox'));
    expect(next).toMatch(/^node bake\.mjs images diff /);
    ok(next as string);
  });

  it('writes a workflow that checks its digest and starts it', () => {
    ok('git init --quiet .');
    ok('mkdir tools && mv bake.mjs* tools && node tools/bake.mjs init');
    const workflow = parse(fs.readFileSync(path.join(folder, '.github/workflows/bake.yml'), 'utf8')) as {
      env: Record<string, string>;
      jobs: Record<string, { steps: { name?: string; run?: string }[] }>;
    };
    expect(workflow.env['BAKE']).toBe('tools/bake.mjs');
    const install = workflow.jobs['plan']?.steps.find(({ name }) => name === 'Install')?.run as string;
    const env = { BAKE: 'tools/bake.mjs' };
    ok(install, env);
    fs.appendFileSync(path.join(folder, 'tools/bake.mjs'), ' ');
    expect(run(install, folder, env).status).not.toBe(0);
  });

  it('runs where the cache folder cannot be written, and leaves nothing', () => {
    const temp = path.join(folder, 'temp');
    fs.mkdirSync(temp);
    const env = { XDG_CACHE_HOME: '/dev/null/cache', TMPDIR: temp };
    expect(ok('node bake.mjs explain CA_LEAF', env)).toContain('CA_LEAF');
    expect(fs.readdirSync(temp)).toEqual([]);
  });

  it('does not run files that another user could have changed', () => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
    ok('node bake.mjs --version', env);
    const kept = path.join(
      folder,
      'cache/ami-bakery',
      fs.readdirSync(path.join(folder, 'cache/ami-bakery'))[0] as string,
    );
    fs.writeFileSync(path.join(kept, 'dist/bake.js'), 'console.log("changed")\n');
    fs.chmodSync(kept, 0o777);
    expect(ok('node bake.mjs --version', env)).toBe(`${manifest.version}\n`);
  });

  it('refuses to start when it is damaged', () => {
    const text = fs.readFileSync(path.join(folder, 'bake.mjs'), 'latin1');
    const at = text.length - 1000;
    const other = text[at] === 'A' ? 'B' : 'A';
    fs.writeFileSync(path.join(folder, 'bake.mjs'), text.slice(0, at) + other + text.slice(at + 1), 'latin1');
    const ran = run('node bake.mjs --version', folder, { XDG_CACHE_HOME: path.join(folder, 'cache') });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('is damaged');
  });

  it('starts several times at once', () => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
    const all = ok('for i in 1 2 3 4; do node bake.mjs --version & done; wait', env);
    expect(all).toBe(`${manifest.version}\n`.repeat(4));
    expect(fs.readdirSync(path.join(folder, 'cache/ami-bakery'))).toHaveLength(1);
  });
});

describe('the package as a release file', () => {
  it('does the main job in an empty folder by npx, and its next steps call npx', () => {
    fs.copyFileSync(path.join(release, tarball), path.join(folder, tarball));
    ok(`npm install --save-dev ./${tarball}`);
    const [next] = nextOf(ok('npx bake --os alinux2 --sandbox'));
    expect(next).toMatch(/^npx bake images diff /);
    ok(next as string);
    ok('npx bake init');
    const workflow = fs.readFileSync(path.join(folder, '.github/workflows/bake.yml'), 'utf8');
    expect(workflow).toContain('\n  BAKE: node_modules/ami-bakery/dist/bake.js\n');
    // The lock file has the digest of the release file: npm ci accepts no other one.
    ok('npm ci && node node_modules/ami-bakery/dist/bake.js --version');
    fs.appendFileSync(path.join(folder, tarball), 'x');
    // From its own cache npm would take the right bytes.
    const refused = run('npm ci', folder, { npm_config_cache: path.join(folder, 'empty') });
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('EINTEGRITY');
  });
});
