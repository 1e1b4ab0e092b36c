/** Checks lock and fetch against a GitHub on loopback: what arrives, how failures differ, and that no wrong bytes land. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/util/sha256.ts';
import { fakeGitHub, listen, release, type FakeGitHub } from './support/github.ts';
import { filesBelow, placeFor, refused, type Place } from './support/place.ts';

let github: FakeGitHub;
let place: Place;
const tool = randomBytes(3 * 1024 * 1024);
const digest = sha256(tool);
const stored = `sha256/${digest.slice(0, 2)}/${digest}`;
const storagePath = '/acme/tool/v1.2.0/tool-x86_64.tar.gz';
const yaml = `assets:
  - name: tool
    release: { repo: acme/tool, tag: v1.2.0, file: "tool-{arch}.tar.gz" }
    for: { arch: [x86_64] }
`;

beforeAll(async () => {
  github = await fakeGitHub();
});
afterAll(() => github.close());
beforeEach(async () => {
  github.releases.clear();
  github.mishaps.clear();
  github.sent.clear();
  github.requests.length = 0;
  release(github, 'acme/tool', 'v1.2.0', 'tool-x86_64.tar.gz', tool);
  place = placeFor(github);
  place.write(yaml);
});

/** Files with a final name, by content or by URL. */
function landed(): string[] {
  return filesBelow(place.store).filter((file) => !/^(partial\/|index\.json$)/.test(file));
}

describe('lock and fetch', () => {
  it('locks by the digest of the API without a download, and fetches into content and tree', async () => {
    const diff = await place.lock();
    expect(diff.added).toMatchObject([
      { name: 'tool', arch: 'x86_64', tag: 'v1.2.0', size: tool.length, sha256: digest, digestFrom: 'api' },
    ]);
    expect(github.sent.size).toBe(0);
    const summary = await place.fetch();
    expect(summary).toMatchObject({ files: 1, fetched: { files: 1, bytes: tool.length }, resumed: 0 });
    const host = new URL(github.web).host;
    expect(landed()).toEqual(
      [`${host}/acme/tool/releases/download/v1.2.0/tool-x86_64.tar.gz`, stored].sort(),
    );
    const byAddress = place.at(host, 'acme/tool/releases/download/v1.2.0/tool-x86_64.tar.gz');
    expect(sha256(fs.readFileSync(byAddress))).toBe(digest);
    expect(await place.verify()).toMatchObject({ files: 1, findings: [] });
  });

  it('sends no request in a second run, and reads every file with full', async () => {
    await place.lock();
    await place.fetch();
    github.requests.length = 0;
    expect(await place.fetch()).toMatchObject({
      fetched: { files: 0 },
      reused: { files: 1, bytes: tool.length },
    });
    expect(await place.fetch(true)).toMatchObject({ fetched: { files: 0 }, verified: { files: 1 } });
    expect(github.requests).toEqual([]);
  });

  it('finds a flipped byte with an unchanged time by verify, and fixes it by fetch --full', async () => {
    await place.lock();
    await place.fetch();
    const file = place.at(stored);
    const { atime, mtime } = fs.statSync(file);
    const bytes = fs.readFileSync(file);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    fs.writeFileSync(file, bytes);
    fs.utimesSync(file, atime, mtime);
    expect((await place.verify()).findings).toMatchObject([{ kind: 'damaged', name: 'tool (x86_64)' }]);
    expect(await place.fetch(true)).toMatchObject({ fetched: { files: 1 } });
    expect((await place.verify()).findings).toEqual([]);
  });

  it('moves latest with --update only, and reports the old and the new tag', async () => {
    place.write(
      'assets:\n  - { name: tool, release: { repo: acme/tool, tag: latest, file: "tool-x86_64*" } }\n',
    );
    await place.lock();
    release(github, 'acme/tool', 'v1.3.0', 'tool-x86_64.tar.gz', randomBytes(2000));
    expect(await place.lock()).toMatchObject({ added: [], changed: [], unchanged: 1 });
    const diff = await place.lock('tool');
    expect(diff.changed).toMatchObject([{ from: { tag: 'v1.2.0' }, to: { tag: 'v1.3.0' } }]);
  });

  it('takes digests from sums where the API has none, else from the first download', async () => {
    release(github, 'acme/old', 'v1', 'a.bin', Buffer.from('aaaa'), false);
    release(github, 'acme/old', 'v1', 'b.bin', Buffer.from('bbbb'), false);
    release(github, 'acme/old', 'v1', 'SHA256SUMS', Buffer.from(`${sha256('aaaa')}  a.bin\n`), false);
    place.write(
      'assets:\n  - { name: a, release: { repo: acme/old, tag: v1, file: a.bin } }\n  - { name: b, release: { repo: acme/old, tag: v1, file: b.bin } }\n',
    );
    const { added } = await place.lock();
    expect(added.map(({ name, digestFrom, sha256: found }) => [name, digestFrom, found])).toEqual([
      ['a', 'sums', sha256('aaaa')],
      ['b', 'download', sha256('bbbb')],
    ]);
  });

  it('stores attestations beside the files', async () => {
    github.attestations.set(digest, [{ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }]);
    expect((await place.lock()).added).toMatchObject([{ attestations: 1 }]);
    expect(fs.readFileSync(place.at(`attestations/${digest}.jsonl`), 'utf8')).toContain('sigstore.bundle');
    github.attestations.clear();
  });

  it('refuses to fetch before the lock matches assets.yaml', async () => {
    const [error] = await refused(place.fetch());
    expect(error).toMatchObject({ code: 'ASSET_LOCK_STALE', exit: 2 });
    expect(error?.message).toContain('tool (x86_64)');
  });
});

describe('a broken transfer', () => {
  beforeEach(() => place.lock());

  it('resumes after a reset in mid-body with Range and If-Range, and fetches no byte twice', async () => {
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_500_000 }]);
    await place.fetch();
    expect(github.sent.get(storagePath)).toBe(tool.length);
    expect(github.requests.filter(({ range }) => range !== undefined)).toMatchObject([
      { host: 'web', range: 'bytes=1500000-' },
      { host: 'storage', range: 'bytes=1500000-' },
    ]);
    expect((await place.verify()).findings).toEqual([]);
  });

  it('requests a new signed URL after the old one expired', async () => {
    github.mishaps.set(storagePath, [
      { do: 'reset', after: 1_000_000 },
      { do: 'status', status: 403 },
    ]);
    await place.fetch();
    expect(github.sent.get(storagePath)).toBe(tool.length);
  });

  it('fetches a replaced file whole, and refuses it by its digest', async () => {
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_000_000 }]);
    const other = randomBytes(tool.length);
    const served = github.releases.get('acme/tool')?.get('v1.2.0');
    const fetching = refused(place.fetch());
    served?.set('tool-x86_64.tar.gz', { bytes: other });
    const [error] = await fetching;
    expect(error?.code).toBe('ASSET_CHANGED');
    expect(landed()).toEqual([]);
  });

  it('starts over where a server ignores Range', async () => {
    github.mishaps.set(storagePath, [{ do: 'reset', after: 1_000_000 }, { do: 'no-range' }]);
    await place.fetch();
    expect((await place.verify()).findings).toEqual([]);
  });
});

describe('the error', () => {
  beforeEach(() => place.lock());

  it.each([
    ['wrong bytes', { do: 'bytes', bytes: Buffer.alloc(tool.length) }, 'ASSET_CHANGED', 4],
    ['too few bytes', { do: 'short', length: 1000 }, 'ASSET_LENGTH', 4],
    ['too many bytes, unannounced', { do: 'long', extra: 100_000 }, 'ASSET_LENGTH', 4],
    [
      'a web page with status 200',
      { do: 'page', status: 200, html: '<html><title>Blocked by policy 17</title>' },
      'ASSET_PROXY_PAGE',
      3,
    ],
    [
      'a web page with status 403',
      { do: 'page', status: 403, html: '<html><title>Access Denied</title>' },
      'ASSET_PROXY_PAGE',
      3,
    ],
    [
      'a rate limit',
      {
        do: 'limit',
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795000000' },
      },
      'ASSET_RATE_LIMIT',
      3,
    ],
    [
      'another rate limit',
      { do: 'limit', status: 429, headers: { 'retry-after': '60' } },
      'ASSET_RATE_LIMIT',
      3,
    ],
    ['a redirect to a foreign host', { do: 'redirect', to: 'https://evil.example/x' }, 'ASSET_REDIRECT', 3],
    ['a redirect to plain http', { do: 'redirect', to: 'http://localhost:1/x' }, 'ASSET_REDIRECT', 3],
  ] as const)('has its own code for %s', async (_, mishap, code, exit) => {
    github.mishaps.set(storagePath, [mishap]);
    const [error] = await refused(place.fetch());
    expect(error).toMatchObject({ code, exit });
    expect(landed()).toEqual([]);
  });

  it('quotes a proxy page, states the reset time of a rate limit, and names whom to ask', async () => {
    github.mishaps.set(storagePath, [
      { do: 'page', status: 200, html: '<html><title>Blocked by policy 17</title>' },
    ]);
    const [page] = await refused(place.fetch());
    expect(page?.message).toContain('Blocked by policy 17');
    expect(page?.hint).toContain('send its team');
    github.mishaps.set(storagePath, [
      {
        do: 'limit',
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795000000' },
      },
    ]);
    const [limit] = await refused(place.fetch());
    expect(limit?.message).toContain(new Date(1_795_000_000_000).toISOString());
  });

  it('is ASSET_STALLED for a slow drip', async () => {
    place.stallSeconds = 0.2;
    github.mishaps.set(
      storagePath,
      Array.from({ length: 20 }, () => ({ do: 'drip' }) as const),
    );
    const [error] = await refused(place.fetch());
    expect(error?.code).toBe('ASSET_STALLED');
    expect(landed()).toEqual([]);
  });

  it('is ASSET_TLS_CA for an unknown CA, as TLS inspection has', async () => {
    fs.writeFileSync(
      `${place.folder}/bakery.yaml`,
      'version: 1\ntargets: [{ os: alinux2023 }]\nassets: assets.yaml\n',
    );
    const [error] = await refused(place.fetch());
    expect(error).toMatchObject({ code: 'ASSET_TLS_CA', exit: 3 });
    expect(error?.hint).toContain('trust: in bakery.yaml');
  });

  it('is ASSET_TLS_RESET for a reset in the handshake, as a firewall that filters by name sends', async () => {
    const firewall = net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const port = await listen(firewall);
    const text = fs.readFileSync(`${place.folder}/assets.lock`, 'utf8');
    fs.writeFileSync(
      `${place.folder}/assets.lock`,
      text.replaceAll(new URL(github.web).host, `localhost:${port}`),
    );
    const [error] = await refused(place.fetch());
    firewall.close();
    expect(error).toMatchObject({ code: 'ASSET_TLS_RESET', exit: 3 });
    expect(error?.hint).toContain(`SNI localhost:${port}`);
  });

  it('is reported a few times for a firewall that blocks many files, and the rest is skipped', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `f${at}`);
    for (const name of names) release(github, 'acme/many', 'v1', name, Buffer.from(name));
    place.write(
      `assets:\n${names.map((name) => `  - { name: ${name}, release: { repo: acme/many, tag: v1, file: ${name} } }\n`).join('')}`,
    );
    await place.lock();
    for (const name of names) {
      github.mishaps.set(`/acme/many/v1/${name}`, [{ do: 'page', status: 403, html: '<title>No</title>' }]);
    }
    const errors = await refused(place.fetch());
    expect(errors.map(({ code }) => code)).toEqual([
      'ASSET_PROXY_PAGE',
      'ASSET_PROXY_PAGE',
      'ASSET_PROXY_PAGE',
    ]);
    expect(github.requests.filter(({ host }) => host === 'storage').length).toBeLessThan(40);
    expect(place.events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  it('is ASSET_NOT_FOUND for a missing file', async () => {
    github.releases.get('acme/tool')?.clear();
    expect(await refused(place.fetch())).toMatchObject([{ code: 'ASSET_NOT_FOUND' }]);
  });
});

describe('the token', () => {
  it('goes to the API, and to no host that a redirect leads to', async () => {
    place.env['GITHUB_TOKEN'] = 'a-token-of-nobody';
    await place.lock();
    await place.fetch();
    const carried = github.requests.filter(({ authorization }) => authorization !== undefined);
    expect(carried.map(({ host, url }) => `${host} ${url.split('/')[1]}`)).toEqual(
      expect.arrayContaining(['web api']),
    );
    expect(carried.filter(({ host }) => host === 'storage')).toEqual([]);
    const text = JSON.stringify(place.events) + filesBelow(place.store).join();
    expect(text).not.toContain('a-token-of-nobody');
  });
});

describe('sources', () => {
  it('are asked in order before the origin, and wrong bytes lead to the next one', async () => {
    await place.lock();
    await place.fetch();
    const mirror = place.at();
    const second = placeFor(github);
    const host = new URL(github.web).host;
    second.write(`origin: false\nsources: ["file://${mirror}"]\n${yaml}`);
    fs.copyFileSync(`${place.folder}/assets.lock`, `${second.folder}/assets.lock`);
    github.requests.length = 0;
    await second.fetch();
    expect(github.requests).toEqual([]);
    expect((await second.verify()).findings).toEqual([]);

    const third = placeFor(github);
    fs.mkdirSync(`${third.folder}/bad/${host}/acme/tool/releases/download/v1.2.0`, { recursive: true });
    fs.writeFileSync(
      `${third.folder}/bad/${host}/acme/tool/releases/download/v1.2.0/tool-x86_64.tar.gz`,
      Buffer.alloc(tool.length),
    );
    fs.copyFileSync(`${place.folder}/assets.lock`, `${third.folder}/assets.lock`);
    third.write(`sources: ["file://${third.folder}/bad", "${github.web}/mirror"]\n${yaml}`);
    github.files.set(`/mirror/${host}/acme/tool/releases/download/v1.2.0/tool-x86_64.tar.gz`, tool);
    await third.fetch();
    expect(github.requests.map(({ url }) => url)).toEqual([
      `/mirror/${host}/acme/tool/releases/download/v1.2.0/tool-x86_64.tar.gz`,
    ]);
    expect((await third.verify()).findings).toEqual([]);
  });
});
