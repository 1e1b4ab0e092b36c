/** The code cache of dist/ is used, and a wrong one is never run. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { readIndex } from './pack.ts';

mkdirSync('.cache', { recursive: true });
// In the checkout: bake looks for its templates and examples above dist/.
const folder = mkdtempSync(join(process.cwd(), '.cache', 'code-cache-'));
const dist = join(folder, 'dist');
const work = join(folder, 'work');
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(work, { recursive: true });
  cpSync(dirname(bakeBin()), dist, { recursive: true });
});

test('V8 takes every part of the cache', () => {
  const { cached, compiled } = plan();
  expect(cached).toBeGreaterThan(100);
  expect(compiled).toBe(0);
});

test('without a cache bake works the same', () => {
  const { shown } = plan();
  rmSync(join(dist, 'code-cache'), { recursive: true });
  expect(plan()).toMatchObject({ cached: 0, shown });
});

test('a damaged part is not used', () => {
  const { compiled, cached } = plan();
  const file = cacheFile();
  const bytes = readFileSync(file);
  const start = 4 + bytes.readUInt32LE();
  for (const [offset, length] of Object.values(readIndex(file))) bytes[start + offset + (length >> 1)]! ^= 1;
  writeFileSync(file, bytes);
  expect(plan()).toMatchObject({ cached: 0, compiled: compiled + cached, status: 1 });
});

test.each([0, 100, 1_000_000])('a cache of %i bytes is not used beyond them', (length) => {
  const bytes = readFileSync(cacheFile());
  writeFileSync(cacheFile(), bytes.subarray(0, length));
  const { cached, compiled, status } = plan();
  expect(status).toBe(1);
  expect(compiled).toBeGreaterThan(50);
  if (length <= 100) expect(cached).toBe(0);
});

test('code that was changed runs, and not the cache of what it was', () => {
  const file = join(dist, 'modules.pack');
  const text = readFileSync(file, 'latin1');
  expect(text).toContain('would bake a new image');
  writeFileSync(file, text.replaceAll('would bake a new image', 'WOULD BAKE A NEW IMAGE'), 'latin1');
  expect(plan().shown).toContain('WOULD BAKE A NEW IMAGE');
});

test('flags of V8 that the cache was not made for are no error', () => {
  expect(plan('--no-opt')).toMatchObject({ cached: 0, status: 1 });
});

interface Planned {
  status: number | null;
  /** Modules whose code came from the cache, and modules that were compiled. */
  cached: number;
  compiled: number;
  /** What was printed, without the run's number. */
  shown: string;
}

const COUNT = `
const { scripts } = require(process.argv[1] + '/load.js');
process.on('exit', () => {
  const rejected = [...scripts.values()].map(({ script }) => script.cachedDataRejected);
  const cached = rejected.filter((value) => value === false).length;
  require('fs').writeFileSync('counted.json', JSON.stringify({ cached, compiled: rejected.length - cached }));
});
process.argv.splice(1, Infinity, process.argv[1] + '/bake.js', 'plan', '--os', 'alinux2', '--sandbox');
require(process.argv[1]);
`;

function plan(...flags: string[]): Planned {
  rmSync(join(work, '.bakery'), { recursive: true, force: true });
  const options = { cwd: work, env: plainEnvironment(), encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, [...flags, '-e', COUNT, dist], options);
  const counted = JSON.parse(readFileSync(join(work, 'counted.json'), 'utf8')) as Pick<
    Planned,
    'cached' | 'compiled'
  >;
  return { status, ...counted, shown: stderr.replace(/run [0-9a-f]+/, '') };
}

function cacheFile(): string {
  const names = readdirSync(join(dist, 'code-cache'));
  return join(dist, 'code-cache', names.find((name) => name.startsWith(`${process.version}-`)) ?? '');
}
