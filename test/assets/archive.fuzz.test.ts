/** Feeds hostile bytes to the readers of archives and lock files: each is read, or refused with its code. */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryChecker, type ArchiveEntry } from '../../src/assets/archive/check-entry.ts';
import { readArchive } from '../../src/assets/archive/read.ts';
import { readLock, writeLock } from '../../src/assets/lock.ts';
import { digestIn } from '../../src/assets/sums.ts';
import { treePath } from '../../src/assets/paths.ts';
import { AssetError } from '../../src/assets/asset-error.ts';
import { BakeError } from '../../src/errors/bake-error.ts';
import { emptyFolder } from '../support/project.ts';
import { tar, type Entry } from './support/tar.ts';
import { zip } from './support/zip.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const bounds = { strip: 0, setuid: false, bytes: 1 << 20, entries: 1000 };
const archive = path.join(emptyFolder(), 'archive');

const part = fc.constantFrom('a', 'b', 'c', '.', '..', '', 'd\u0000', 'é');
const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const entry: fc.Arbitrary<ArchiveEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    path: name,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    size: fc.nat(1000),
  }),
  fc.record({ kind: fc.constant('folder' as const), path: name, mode: fc.integer({ min: 0, max: 0o7777 }) }),
  fc.record({ kind: fc.constantFrom('link' as const, 'hardlink' as const), path: name, target: name }),
);

test('entries that pass never leave the target, even through their own links', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.nat(2), (entries, strip) => {
      const checker = entryChecker('a', { ...bounds, strip });
      const links = new Map<string, string>();
      for (const one of entries) {
        let taken: ArchiveEntry | undefined;
        try {
          taken = checker.check(one);
        } catch (error) {
          expect(error).toBeInstanceOf(AssetError);
          return;
        }
        if (taken === undefined) continue;
        expect(resolveIn(taken.path, new Map())).not.toBe('outside');
        // No entry is written through a link.
        for (const parent of parentsOf(taken.path)) expect(links.has(parent)).toBe(false);
        if (taken.kind === 'link') links.set(taken.path, taken.target);
      }
      for (const link of links.keys()) expect(resolveIn(link, links)).not.toBe('outside');
    }),
    { numRuns: runs },
  );
});

/** Resolves a path as the kernel does: follows links, and `..` goes up from where the walk is. */
function resolveIn(start: string, links: ReadonlyMap<string, string>): string {
  let at: string[] = [];
  let left = start.split('/');
  for (let steps = 0; left.length > 0 && steps < 200; steps++) {
    const [next = '', ...rest] = left;
    left = rest;
    if (next === '' || next === '.') continue;
    if (next === '..') {
      if (at.length === 0) return 'outside';
      at = at.slice(0, -1);
      continue;
    }
    const target = links.get([...at, next].join('/'));
    if (target === undefined) at = [...at, next];
    else left = [...target.split('/'), ...left];
  }
  return 'inside';
}

function parentsOf(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

test('refuses damaged tars and zips with ASSET_ARCHIVE', async () => {
  const good = tar([
    { name: 'a', type: '0', body: Buffer.from('x'.repeat(700)), pax: { path: 'b' } },
    { name: 'l', type: '2', target: 'b' },
  ] satisfies Entry[]);
  const goodZip = zip([
    { name: 'd/', type: '5' },
    { name: 'd/a', type: '0', body: Buffer.from('x'.repeat(700)) },
  ]);
  const bytes = fc.oneof(
    fc
      .array(fc.tuple(fc.nat(goodZip.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { maxLength: 6 })
      .map((changes) => {
        const changed = Buffer.from(goodZip);
        for (const [at, value] of changes) changed[at] = value;
        return changed;
      }),
    fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array)),
    fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const changed = Buffer.from(good);
      for (const [at, value] of changes) changed[at] = value;
      return changed;
    }),
    fc
      .uint8Array({ maxLength: 300 })
      .map((array) =>
        Buffer.concat([
          Buffer.from('PK\u0003\u0004'),
          Buffer.from(array),
          Buffer.from('504b0506', 'hex'),
          Buffer.alloc(18),
        ]),
      ),
    fc
      .uint8Array({ maxLength: 300 })
      .map((array) => Buffer.concat([Buffer.from('1f8b0800', 'hex'), Buffer.from(array)])),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      fs.writeFileSync(archive, content);
      try {
        for await (const { content: chunks } of readArchive(archive, 'a', bounds))
          for await (const _ of chunks) void _;
      } catch (error) {
        if (!(error instanceof AssetError)) throw error;
        expect(error.problem.code).toBe('ASSET_ARCHIVE');
      }
    }),
    // Each run writes a file, so there are fewer runs.
    { numRuns: Math.ceil(runs / 25) },
  );
});

const hex = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789abcdef')),
  minLength: 64,
  maxLength: 64,
});
const locked = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'tool'),
  kind: fc.constantFrom('release' as const, 'url' as const),
  asked: fc.string({ minLength: 1, maxLength: 20 }),
  url: fc.webUrl({ validSchemes: ['https'] }),
  size: fc.nat(),
  sha256: hex,
  digestFrom: fc.constantFrom('api' as const, 'download' as const),
});

test('reads a lock file or refuses it with its code, and writes it back unchanged', () => {
  const json = fc.record({ version: fc.constantFrom(1, 2), assets: fc.array(locked, { maxLength: 4 }) });
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    json.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const lock = readLock(text, 'assets.lock');
        const written = writeLock(lock);
        expect(writeLock(readLock(written, 'assets.lock'))).toBe(written);
      } catch (error) {
        expect(error).toBeInstanceOf(BakeError);
        expect((error as BakeError).code).toBe('ASSET_LOCK_SYNTAX');
      }
    }),
    { numRuns: Math.ceil(runs / 5) },
  );
});

test('never places a URL outside the tree, and finds a digest or nothing in sums', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.webPath().map((at) => `https://h${at}/%2e%2e/%2f`),
      ),
      fc.string(),
      (url, text) => {
        const tree = treePath(url);
        if (tree !== undefined) expect(path.posix.join('/t', tree)).toBe(`/t/${tree}`);
        expect(digestIn(text, 'f') ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      },
    ),
    { numRuns: runs },
  );
});
