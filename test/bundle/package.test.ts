/** What is shipped: packed files, imports, licences; and the build, which is idempotent, atomic and silent. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bakeBin } from '../support/bake.ts';
import { readTexts } from './pack.ts';

const dist = dirname(bakeBin());
/** The SDK signs with it where it is installed, for access points of several Regions, which bake does not use. */
const OPTIONAL = new Set(['@aws-sdk/signature-v4-crt']);

mkdirSync('.cache', { recursive: true });
const folder = mkdtempSync(join(process.cwd(), '.cache', 'package-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Meta {
  digest: string;
  packages: string[];
}

function meta(from = dist): Meta {
  return JSON.parse(readFileSync(join(from, 'meta.json'), 'utf8')) as Meta;
}

function requireOf(code: string): string {
  const name = /\(function\([\w$]+,([\w$]+)/.exec(code)?.[1] ?? 'require';
  return name.replaceAll('$', '\\$');
}

/** A file of dist/. */
function text(name: string): string {
  return readFileSync(join(dist, name), 'utf8');
}

function build(...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', ...flags], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('dist', () => {
  test('starts with a shebang and is executable', () => {
    expect(readFileSync(bakeBin(), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(bakeBin()).mode & 0o111).toBe(0o111);
  });

  test('names every bundled package with its licence text in NOTICE', () => {
    const notice = readFileSync(join(dist, 'NOTICE'), 'utf8');
    const { packages } = meta();
    expect(packages.length).toBeGreaterThan(20);
    for (const entry of packages) {
      const at = entry.lastIndexOf('@');
      expect(notice).toContain(`\n${entry.slice(0, at)} ${entry.slice(at + 1)} (`);
    }
    expect(notice).toMatch(/\ncommander .*MIT/);
    expect(notice).toContain('Apache License');
    expect(notice).not.toContain('undefined');
  });

  test('holds no library that docs/architecture.md does not account for, and each that it does', () => {
    const table = readFileSync('docs/architecture.md', 'utf8').split('| library | replaces |')[1] ?? '';
    const named = [...table.matchAll(/`([@a-z][a-z0-9@/.{},-]*)`/g)].flatMap(([, name = '']) => {
      const braces = /^(.*)\{(.*)\}(.*)$/.exec(name);
      return braces ? (braces[2] ?? '').split(',').map((part) => `${braces[1]}${part}${braces[3]}`) : [name];
    });
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const bundled = meta()
      .packages.map((entry) => entry.slice(0, entry.lastIndexOf('@')))
      .filter((name) => name in manifest.devDependencies);
    expect(named.filter((name) => name in manifest.devDependencies).sort()).toEqual(bundled.sort());
  });

  test('imports nothing that is not in it or in Node', () => {
    const modules = readTexts(join(dist, 'modules.pack'));
    const entries = readdirSync(dist).filter((name) => name.endsWith('.js'));
    const texts = { ...modules, ...Object.fromEntries(entries.map((name) => [name, text(name)])) };
    const required = Object.entries(texts).flatMap(([name, code]) =>
      // Minified: the second parameter of a module is its `require`.
      [...code.matchAll(new RegExp(`(?<![\\w$.])${requireOf(code)}\\("([^"]+)"\\)`, 'g'))].map(
        ([, id = '']) => ({
          name,
          id,
        }),
      ),
    );
    expect(required.length).toBeGreaterThan(1000);
    const missing = required.filter(({ id }) =>
      id.startsWith('./') ? !Object.hasOwn(texts, id.slice(2)) : !isBuiltin(id),
    );
    expect(missing.map(({ id }) => id).filter((id) => !OPTIONAL.has(id))).toEqual([]);
  });
});

describe('the build', () => {
  test('does nothing when nothing changed', () => {
    const before = statSync(join(dist, 'meta.json')).mtimeMs;
    expect(build()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(statSync(join(dist, 'meta.json')).mtimeMs).toBe(before);
  });

  test('is silent and replaces an old dist as a whole', () => {
    const out = join(folder, 'dist');
    mkdirSync(out);
    writeFileSync(join(out, 'old.js'), '');
    expect(build('--out', out)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(out).sort()).toEqual(readdirSync(dist).sort());
    expect(readdirSync(folder)).toEqual(['dist']);
  });

  test('leaves the old dist where an input is broken', () => {
    const out = join(folder, 'kept');
    const entry = join(folder, 'broken.ts');
    mkdirSync(out);
    writeFileSync(join(out, 'old.js'), '');
    writeFileSync(entry, 'import { gone } from "./nowhere.ts"; gone();');
    const ran = build('--entry', entry, '--out', out);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain('nowhere.ts');
    expect(readdirSync(out)).toEqual(['old.js']);
  });

  test('of two at once leaves a whole dist', async () => {
    const out = join(folder, 'both');
    const { spawn } = await import('node:child_process');
    const codes = await Promise.all(
      [0, 1].map(
        () =>
          new Promise((resolve) =>
            spawn(process.execPath, ['scripts/build.mjs', '--out', out]).on('close', resolve),
          ),
      ),
    );
    expect(codes).toEqual([0, 0]);
    expect(meta(out)).toEqual(meta());
  });
});

describe('the package', () => {
  test('packs what an installed bake needs', () => {
    const stdout = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
    });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const needed of [
      'dist/bake.js',
      'dist/NOTICE',
      'dist/workflow.yml',
      'examples/bakery.yaml',
      'recipes/expect/closed-network.yaml',
      'recipes/minimal.yaml',
      'recipes/standard.yaml',
      'package.json',
    ]) {
      expect(paths).toContain(needed);
    }
    expect(paths.some((path) => path.startsWith('templates/'))).toBe(true);
    expect(paths.filter((path) => /^(src|test|scripts|bench|node_modules|\.cache)\//.test(path))).toEqual([]);
  });

  test('passes publint', () => {
    const publint = ['node_modules/publint/src/cli.js', '--strict', '--pack', 'npm'];
    const { status, stdout } = spawnSync(process.execPath, publint, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining('All good!')]);
  });
});
