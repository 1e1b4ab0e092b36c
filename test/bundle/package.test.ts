/** Owns what is shipped: size, packed files, licences, idempotence of the build. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bakeBin } from '../support/bake.ts';

const dist = dirname(bakeBin());
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

function build(...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', ...flags], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The sandbox's data, one chunk a service (scripts/build/packed-json.mjs). */
function isModel(name: string): boolean {
  return /^chunks\/(?:ec2|ssm|sts|imagebuilder|logs)-[A-Z0-9]+\.js$/.test(name);
}

/** Seconds of `node -e 0`. */

describe('dist', () => {
  test('holds at most 2.9 MB of JavaScript beside the service models', () => {
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    const code = files.filter((name) => !isModel(name));
    const bytes = code.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0);
    expect(bytes).toBeLessThan(2.9e6);
  });

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
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    const specifiers = files.flatMap((name) =>
      [
        ...readFileSync(join(dist, name), 'utf8').matchAll(
          /(?:^|[;}\n])(?:import|export)(?:[^"';()]*?from)?"([^"]+)"/g,
        ),
      ].map(([, specifier]) => ({ name, specifier: specifier as string })),
    );
    expect(specifiers.length).toBeGreaterThan(20);
    const missing = specifiers.filter(({ name, specifier }) =>
      specifier.startsWith('.') ? !existsSync(join(dist, dirname(name), specifier)) : !isBuiltin(specifier),
    );
    expect(missing).toEqual([]);
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
