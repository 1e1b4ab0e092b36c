/** Checks the lock of files without a digest at GitHub: downloaded once, resumed, compared. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockAssets } from '../../src/assets/lock-command.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { fakeGitHub, release, type FakeGitHub } from './support/github.ts';
import { filesBelow, placeFor, refused, type Place } from './support/place.ts';
import { tar, type Entry } from './support/tar.ts';

let github: FakeGitHub;
let place: Place;
const commit = 'c0ffee'.padEnd(40, '0');
const files: Entry[] = [
  { name: 'tool-1/', type: '5' },
  { name: 'tool-1/run', type: '0', body: Buffer.from('#!/bin/sh\n'.repeat(5000)), mode: 0o755 },
];
const archivePath = `/acme/tool/archive/${commit}.tar.gz`;

beforeAll(async () => {
  github = await fakeGitHub();
});
afterAll(() => github.close());
beforeEach(() => {
  github.releases.clear();
  github.files.clear();
  github.mishaps.clear();
  github.sent.clear();
  github.requests.length = 0;
  github.commits.set('acme/tool v1', commit);
  place = placeFor(github);
});

/** Files with a final name. */
const landed = (): string[] =>
  filesBelow(place.store).filter((file) => !/^(partial\/|index\.json)/.test(file));

describe('a source archive', () => {
  beforeEach(() => {
    github.files.set(archivePath, gzipSync(tar(files)));
    place.write('assets:\n  - { name: tool, archive: { repo: acme/tool, ref: v1 } }\n');
  });

  it('is locked at its commit, with the digests of its bytes and of its content', async () => {
    const bytes = github.files.get(archivePath) as Buffer;
    expect((await place.lock()).added).toMatchObject([
      {
        kind: 'archive',
        url: `${github.web}${archivePath}`,
        commit,
        size: bytes.length,
        sha256: sha256(bytes),
        digestFrom: 'download',
        tree: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(await place.fetch()).toMatchObject({ fetched: { files: 0 } });
    expect((await place.verify()).findings).toEqual([]);
  });

  it('with new compression is distinguished from one with other files, by lock and by fetch', async () => {
    await place.lock();
    github.files.set(archivePath, gzipSync(tar(files), { level: 1 }));
    fs.rmSync(place.store, { recursive: true });
    const [same] = await refused(place.fetch());
    expect(same).toMatchObject({ code: 'ASSET_CHANGED', exit: 4 });
    expect(same?.message).toContain('the files inside are the same, only the compression differs');
    expect(same?.hint).toBe('run `bake assets lock --update tool` to lock the new compression');
    expect(landed()).toEqual([]);
    const { changed } = await place.lock('tool');
    expect(changed[0]?.from.tree).toBe(changed[0]?.to.tree);
    expect(changed[0]?.from.sha256).not.toBe(changed[0]?.to.sha256);

    const other = [...files, { name: 'tool-1/evil', type: '0', body: Buffer.from('x') }];
    github.files.set(archivePath, gzipSync(tar(other)));
    fs.rmSync(place.store, { recursive: true });
    const [changedFiles] = await refused(place.fetch());
    expect(changedFiles?.message).not.toContain('the same');
    expect(changedFiles?.hint).toContain('find out why the asset changed');
  });

  it('that cannot be read is not locked', async () => {
    github.files.set(archivePath, gzipSync(Buffer.from('this is no archive'.repeat(100))));
    expect(await refused(place.lock())).toMatchObject([{ code: 'ASSET_ARCHIVE' }]);
    expect(fs.existsSync(`${place.folder}/assets.lock`)).toBe(false);
  });
});

it('warns about a ready-made name without entries, whose absence no one would notice', async () => {
  place.write('include: [parallelcluster-3.16.1]\nassets: []\n');
  expect(await place.lock()).toMatchObject({ added: [] });
  expect(place.events).toMatchObject([
    { type: 'warning', text: expect.stringContaining('builds of that release fetch nothing from GitHub') },
  ]);
});

it('locks a raw file at the commit of its ref, with its path encoded', async () => {
  const path = `/raw/acme/tool/${commit}/etc/a b#1.conf`;
  github.files.set(path, Buffer.from('x=1\n'));
  place.write('assets:\n  - { name: conf, raw: { repo: acme/tool, ref: v1, file: "etc/a b#1.conf" } }\n');
  expect((await place.lock()).added).toMatchObject([
    {
      kind: 'raw',
      commit,
      sha256: sha256('x=1\n'),
      url: `${github.web}/raw/acme/tool/${commit}/etc/a%20b%231.conf`,
    },
  ]);
  github.commits.set('acme/tool v1', 'd'.repeat(40));
  expect(await place.lock()).toMatchObject({ unchanged: 1 });
  expect(await refused(place.lock('conf'))).toMatchObject([{ code: 'ASSET_NOT_FOUND' }]);
});

it('compares a download with the digest in assets.yaml, and keeps no other bytes', async () => {
  github.files.set('/x/file.bin', Buffer.from('other'));
  const wanted = sha256('expected');
  place.write(`assets:\n  - { name: file, url: "${github.web}/x/file.bin", sha256: ${wanted} }\n`);
  const [error] = await refused(place.lock());
  expect(error).toMatchObject({ code: 'ASSET_CHANGED' });
  expect(error?.message).toContain(wanted);
  expect(filesBelow(place.store)).toEqual([]);
  github.files.set('/x/file.bin', Buffer.from('expected'));
  expect((await place.lock()).added).toMatchObject([{ sha256: wanted, digestFrom: 'assets.yaml' }]);
});

describe('a first download', () => {
  const large = randomBytes(3 * 1024 * 1024);
  const storagePath = '/acme/tool/v1/old.bin';
  beforeEach(() => {
    release(github, 'acme/tool', 'v1', 'old.bin', large, false);
    place.write('assets:\n  - { name: old, release: { repo: acme/tool, tag: v1, file: old.bin } }\n');
  });

  it('that breaks off resumes, in this run and in the next', async () => {
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_000_000 }]);
    expect((await place.lock()).added).toMatchObject([{ sha256: sha256(large), digestFrom: 'download' }]);
    expect(github.sent.get(storagePath)).toBe(large.length);

    const next = placeFor(github);
    next.write('assets:\n  - { name: old, release: { repo: acme/tool, tag: v1, file: old.bin } }\n');
    github.sent.clear();
    const stop = new AbortController();
    github.mishaps.set(storagePath, [{ do: 'reset', after: 2_000_000 }, { do: 'hang' }]);
    const work = next
      .open()
      .then((project) => lockAssets(project, { update: [], emit: () => {}, signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('stopped by hand')), 700);
    await expect(work).rejects.toThrow('stopped by hand');
    expect(filesBelow(next.store).every((file) => file.startsWith('partial/'))).toBe(true);
    await next.lock();
    expect(github.sent.get(storagePath)).toBe(large.length);
    expect(await next.fetch()).toMatchObject({ fetched: { files: 0 } });
    expect((await next.verify()).findings).toEqual([]);
  });

  it('of a file that was replaced meanwhile starts over and never joins two halves', async () => {
    place.stallSeconds = 0.2;
    const hangs = Array.from({ length: 8 }, () => ({ do: 'hang' }) as const);
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_000_000 }, ...hangs]);
    expect(await refused(place.lock())).toMatchObject([{ code: 'ASSET_STALLED' }]);
    expect(filesBelow(place.store).map((file) => file.replace(/[0-9a-f]{64}/, ''))).toEqual([
      'partial/first-',
      'partial/first-.etag',
    ]);
    github.mishaps.clear();
    const other = randomBytes(large.length);
    release(github, 'acme/tool', 'v1', 'old.bin', other, false);
    expect((await place.lock()).added).toMatchObject([{ sha256: sha256(other) }]);
  });

  it('of a server that answers another range or another length than GitHub states is discarded', async () => {
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_000_000 }, { do: 'no-range' }]);
    expect((await place.lock()).added).toMatchObject([{ sha256: sha256(large) }]);
    const second = placeFor(github);
    second.write('assets:\n  - { name: old, release: { repo: acme/tool, tag: v1, file: old.bin } }\n');
    github.mishaps.set(storagePath, [{ do: 'short', length: 1000 }]);
    expect(await refused(second.lock())).toMatchObject([{ code: 'ASSET_LENGTH' }]);
    expect(filesBelow(second.store)).toEqual([]);
  });

  it('is made once for two names of one URL', async () => {
    github.files.set('/x/file.bin', large);
    const url = `${github.web}/x/file.bin`;
    place.write(`assets:\n  - { name: a, url: "${url}" }\n  - { name: b, url: "${url}" }\n`);
    const { added } = await place.lock();
    expect(added.map(({ name, sha256: found }) => [name, found])).toEqual([
      ['a', sha256(large)],
      ['b', sha256(large)],
    ]);
    expect((await place.verify()).findings).toMatchObject([{ kind: 'link' }, { kind: 'link' }]);
  });
});

describe('attestations', () => {
  const bytes = randomBytes(5000);
  const digest = sha256(bytes);
  const yaml = 'assets:\n  - { name: tool, release: { repo: acme/tool, tag: v1, file: tool.bin } }\n';
  const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: {} };
  beforeEach(async () => {
    release(github, 'acme/tool', 'v1', 'tool.bin', bytes);
    github.attestations.set(digest, [bundle]);
    place.write(yaml);
    await place.lock();
    await place.fetch();
    github.attestations.clear();
    github.requests.length = 0;
  });

  it('come from a mirror with the file, without a request to GitHub', async () => {
    const other = placeFor(github);
    other.write(`sources: ["file://${place.store}"]\norigin: false\n${yaml}`);
    fs.copyFileSync(`${place.folder}/assets.lock`, `${other.folder}/assets.lock`);
    await other.fetch();
    expect(JSON.parse(fs.readFileSync(other.at(`attestations/${digest}.jsonl`), 'utf8'))).toEqual(bundle);
    expect(github.requests).toEqual([]);
    expect((await other.verify()).findings).toEqual([]);
  });

  it('come from GitHub where a source has a web page instead, and a warning reports their loss', async () => {
    const other = placeFor(github);
    other.write(`sources: ["${github.web}/mirror"]\n${yaml}`);
    fs.copyFileSync(`${place.folder}/assets.lock`, `${other.folder}/assets.lock`);
    github.files.set(`/mirror/attestations/${digest}.jsonl`, Buffer.from('<html>no</html>'));
    expect(await other.fetch()).toMatchObject({ fetched: { files: 1 } });
    expect(other.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { text: expect.stringContaining('no source has the attestations of tool') },
    ]);
    github.attestations.set(digest, [bundle]);
    await other.fetch();
    expect(fs.existsSync(other.at(`attestations/${digest}.jsonl`))).toBe(true);
  });
});
