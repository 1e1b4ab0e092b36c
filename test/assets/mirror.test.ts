/** Checks mirrors made of the store, strays that gc removes, and the command `bake assets`. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mirrorToFolder } from '../../src/assets/mirror.ts';
import { writeLock } from '../../src/assets/lock.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { bake } from '../support/bake.ts';
import { emptyFolder } from '../support/project.ts';
import { fakeGitHub, release, type FakeGitHub } from './support/github.ts';
import { filesBelow, placeFor, refused, type Place } from './support/place.ts';

let github: FakeGitHub;
let place: Place;
const bytes = randomBytes(20_000);
const emit = (): void => {};
const { signal } = new AbortController();

beforeAll(async () => {
  github = await fakeGitHub();
  release(github, 'acme/tool', 'v1', 'tool.bin', bytes);
});
afterAll(() => github.close());
beforeEach(async () => {
  place = placeFor(github);
  place.write('assets:\n  - { name: tool, release: { repo: acme/tool, tag: latest, file: tool.bin } }\n');
  await place.lock();
  await place.fetch();
});

async function request(full = false) {
  const { assets } = (await place.open()).requireLock();
  return { assets, store: place.store, lock: writeLock({ assets }), full, emit, signal };
}

describe('a mirror', () => {
  it('in a folder answers a rewrite of the host alone, also for latest, and is written once', async () => {
    const folder = path.join(emptyFolder(), 'mirror');
    expect(await mirrorToFolder(folder, await request())).toMatchObject({ written: { files: 1 }, kept: 0 });
    const host = new URL(github.web).host;
    for (const address of ['releases/download/v1/tool.bin', 'releases/latest/download/tool.bin']) {
      expect(sha256(fs.readFileSync(path.join(folder, host, 'acme/tool', address)))).toBe(sha256(bytes));
    }
    expect(await mirrorToFolder(folder, await request())).toMatchObject({ written: { files: 0 }, kept: 1 });
    expect(fs.existsSync(path.join(folder, 'assets.lock'))).toBe(true);
  });

  it('refuses a damaged store, and --full fixes a damaged mirror', async () => {
    const folder = emptyFolder();
    await mirrorToFolder(folder, await request());
    const file = `sha256/${sha256(bytes).slice(0, 2)}/${sha256(bytes)}`;
    fs.writeFileSync(path.join(folder, file), randomBytes(bytes.length));
    expect(await mirrorToFolder(folder, await request(true))).toMatchObject({ written: { files: 1 } });
    fs.writeFileSync(place.at(file), randomBytes(bytes.length));
    expect(await refused(mirrorToFolder(emptyFolder(), await request()))).toMatchObject([
      { code: 'ASSET_DIGEST' },
    ]);
  });
});

describe('the command', () => {
  const run = (...args: string[]) => bake(['assets', ...args], { cwd: place.folder, env: place.env });

  it('verify reports strays and damage with exit 1, and gc removes only strays', async () => {
    fs.mkdirSync(place.at('sha256/ff'), { recursive: true });
    fs.writeFileSync(place.at('sha256/ff', 'f'.repeat(64)), 'stray');
    const found = await run('verify', '--json');
    expect(found.exitCode).toBe(1);
    expect(JSON.parse(found.stdout)).toMatchObject({ files: 1, findings: [{ kind: 'stray' }] });
    const cleared = await run('gc', '--json');
    expect(JSON.parse(cleared.stdout)).toMatchObject({ removed: [`sha256/ff/${'f'.repeat(64)}`] });
    expect((await run('verify', '--json')).exitCode).toBe(0);
    expect(filesBelow(place.store)).toContain(`sha256/${sha256(bytes).slice(0, 2)}/${sha256(bytes)}`);
  });

  it('reports a folder in place of a file, and refuses a mirror at a place of another kind', async () => {
    fs.mkdirSync(path.join(place.folder, 'files'));
    place.write(`assets:\n  - { name: own, file: files, sha256: ${'a'.repeat(64)}, path: /opt/own }\n`);
    await place.lock();
    const project = await place.open();
    expect(await project.checkFiles()).toEqual([
      { kind: 'missing', name: 'own', reason: 'files is not a file' },
    ]);
    for (const to of ['s3://', 'ftp://x']) {
      const ran = await run('mirror', '--to', to);
      expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining(`found "${to}"`)]);
    }
  });

  it('refuses verify --to of a missing folder instead of reporting no findings', async () => {
    place.write('assets: []\n');
    await place.lock();
    const ran = await run('verify', '--to', 'no/such/folder');
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining('there is no folder')]);
    expect(ran.stderr).toContain('bake assets mirror --to no/such/folder makes it');
  });

  it('shows changes from the old to the new', async () => {
    release(github, 'acme/tool', 'v2', 'tool.bin', Buffer.from('newer'));
    const ran = await run('lock', '--update', 'tool');
    expect(ran.stdout).toMatch(
      /^~ {2}tool {2}v1 → v2 {2}20 KiB → 5 B {2}\w{8} → \w{8} {2}GitHub's digest · not attested\n/,
    );
    expect(ran.stdout).toContain('0 added · 1 changed · 0 removed · 0 unchanged\nwritten: ');
    github.releases.get('acme/tool')?.delete('v2');
    expect((await place.lock('tool')).changed).toMatchObject([{ from: { tag: 'v2' }, to: { tag: 'v1' } }]);
  });

  it('prints one JSON document each for lock, fetch and mirror', async () => {
    const locked = await run('lock', '--update', 'tool', '--json');
    expect(JSON.parse(locked.stdout)).toMatchObject({ written: false, added: [], changed: [], unchanged: 1 });
    expect(JSON.parse((await run('fetch', '--json')).stdout)).toMatchObject({
      reused: { files: 1 },
      fetched: { files: 0 },
    });
    const mirrored = await run('mirror', '--to', 'out', '--json');
    expect(JSON.parse(mirrored.stdout)).toMatchObject({ written: { files: 1 } });
    expect((await run('mirror')).exitCode).toBe(2);
    expect((await run('lock', '--update', 'toool')).stderr).toContain('did you mean tool?');
  });
});
