/** Checks the requests of assets.yaml and the lock file: canonical form, staleness, digests in sums. */
import { describe, expect, it } from 'vitest';
import { diffLocks, matchLock, readLock, writeLock, type LockedAsset } from '../../src/assets/lock.ts';
import { treePath } from '../../src/assets/paths.ts';
import { progressText, speedometer } from '../../src/assets/speed.ts';
import { digestIn, sumsFileOf } from '../../src/assets/sums.ts';
import { requestedAssets } from '../../src/assets/requested.ts';
import { assetsSchema } from '../../src/config/assets-schema.ts';
import type { BakeEvent } from '../../src/events/events.ts';

const asset = (name: string, more: Partial<LockedAsset> = {}): LockedAsset => ({
  name,
  kind: 'url',
  asked: `url https://example.org/${name}`,
  url: `https://example.org/${name}`,
  size: 1,
  sha256: name.padEnd(64, '0').replace(/[^0-9a-f]/g, 'a'),
  digestFrom: 'download',
  ...more,
});

describe('the lock file', () => {
  it('is written sorted, whatever the order of its assets', () => {
    const text = writeLock({ assets: [asset('b'), asset('a'), asset('a', { arch: 'arm64' })] });
    expect(text).toBe(writeLock({ assets: [asset('a', { arch: 'arm64' }), asset('a'), asset('b')] }));
    expect(readLock(text, 'x').assets.map(({ name, arch }) => [name, arch])).toEqual([
      ['a', undefined],
      ['a', 'arm64'],
      ['b', undefined],
    ]);
  });

  it.each([
    ['conflict markers', '<<<<<<< HEAD\n', /conflict markers/],
    ['an asset twice', writeLock({ assets: [asset('a'), asset('a')] }), /twice/],
    [
      'a URL outside the tree',
      writeLock({ assets: [asset('a', { url: 'https://h/%2e%2e%2fx' })] }),
      /is not the URL of a file/,
    ],
    [
      'a URL that is the store itself',
      writeLock({ assets: [asset('a', { url: 'https://sha256/x' })] }),
      /is not the URL of a file/,
    ],
    [
      'two digests for a URL',
      writeLock({ assets: [asset('a'), asset('b', { url: 'https://example.org/a' })] }),
      /two digests/,
    ],
    ['a text that is not a digest', writeLock({ assets: [asset('a', { sha256: 'no' })] }), /sha256/],
    ['another version', '{"version":2,"assets":[]}', /version/],
  ])('with %s is refused', (_, text, reason) => {
    expect(() => readLock(text, 'assets.lock')).toThrow(reason);
  });

  it('reports added, changed and removed assets', () => {
    const before = { assets: [asset('a'), asset('b'), asset('c')] };
    const after = { assets: [asset('a'), asset('b', { size: 2 }), asset('d')] };
    const diff = diffLocks(before, after);
    expect([
      diff.added.map((one) => one.name),
      diff.changed.map(({ to }) => to.name),
      diff.removed.map((one) => one.name),
      diff.unchanged,
    ]).toEqual([['d'], ['b'], ['c'], 1]);
  });
});

describe('requests of assets.yaml', () => {
  const parse = (assets: unknown, more: object = {}) => assetsSchema.parse({ version: '1', assets, ...more });

  it('are one per architecture where the name has {arch}, in the words of the project', () => {
    const wanted = requestedAssets(
      parse([
        {
          name: 'uv',
          release: { repo: 'a/uv', tag: 'latest', file: 'uv-{arch}.gz', arch: { x86_64: 'amd64' } },
        },
      ]),
    );
    expect(wanted.map(({ arch, asked }) => [arch, asked])).toEqual([
      ['x86_64', 'release a/uv latest uv-amd64.gz'],
      ['arm64', 'release a/uv latest uv-aarch64.gz'],
    ]);
  });

  it('are stale in the lock after a change', () => {
    const wanted = requestedAssets(
      parse([
        { name: 'a', url: 'https://example.org/a' },
        { name: 'b', url: 'https://example.org/other' },
      ]),
    );
    const { fresh, stale } = matchLock(wanted, { assets: [asset('a'), asset('b')] });
    expect([fresh.map(({ locked }) => locked.name), stale.map(({ name }) => name)]).toEqual([['a'], ['b']]);
  });

  it('include the ready-made entries of ParallelCluster by name', () => {
    const names = requestedAssets(parse([], { include: ['parallelcluster-pyenv'] })).map(
      ({ asked }) => asked,
    );
    expect(names).toContain('git pyenv/pyenv master');
    const sources = requestedAssets(parse([], { include: ['parallelcluster-3.9.0'] }));
    expect(sources.map(({ asked }) => asked)).toContain(
      'url https://github.com/dun/munge/archive/munge-0.5.15.tar.gz',
    );
    expect(sources.every(({ entry }) => !entry.image)).toBe(true);
  });
});

describe('sums', () => {
  const digest = 'ab'.repeat(32);
  it.each([
    ['GNU', `${digest}  tool.gz\n`],
    ['binary', `${digest} *tool.gz\n`],
    ['with a folder', `${digest}  ./tool.gz\n`],
    ['BSD', `SHA256 (tool.gz) = ${digest}\n`],
    ['a bare digest', `${digest.toUpperCase()}\n`],
  ])('%s are read', (_, text) => expect(digestIn(text, 'tool.gz')).toBe(digest));

  it('that contradict themselves or name other files give no digest', () => {
    expect(digestIn(`${digest}  tool.gz\n${'cd'.repeat(32)}  tool.gz\n`, 'tool.gz')).toBeUndefined();
    expect(digestIn(`${digest}  tool.gz.sig\n`, 'tool.gz')).toBeUndefined();
  });

  it('are found by the names that projects use, the file’s own first', () => {
    expect(sumsFileOf('t', ['SHA256SUMS', 't.sha256'])).toBe('t.sha256');
    expect(sumsFileOf('t', ['a', 'tool_1.0_checksums.txt'])).toBe('tool_1.0_checksums.txt');
  });
});

describe('URLs and progress', () => {
  it('a URL becomes its host and path, decoded', () => {
    expect(treePath('https://github.com/O/R/releases/download/v1/a%2Bb.gz')).toBe(
      'github.com/O/R/releases/download/v1/a+b.gz',
    );
    expect(treePath('https://h/a%2f..%2fb')).toBeUndefined();
    expect(treePath('https://h/')).toBeUndefined();
  });

  it('a long transfer reports rate and remaining time', () => {
    expect(progressText(412 * 2 ** 20, 2357 * 2 ** 20, 210 * 2 ** 20)).toBe(
      '412 MiB of 2.3 GiB · 210 MiB/s · 10 s left',
    );
    const events: BakeEvent[] = [];
    let time = 0;
    const speed = speedometer(
      (event) => events.push(event),
      'fetch',
      [{ size: 100 }, { size: 100 }],
      () => (time += 1000),
    );
    speed.bytes(100);
    speed.file();
    speed.bytes(100);
    speed.file();
    expect(events.at(-1)).toMatchObject({ stage: 'fetch', done: 2, total: 2 });
  });
});
