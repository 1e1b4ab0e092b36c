/** Checks archives: hostile ones are refused, and repacked ones keep their content. */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../../src/assets/archive/read.ts';
import { repack } from '../../src/assets/archive/repack.ts';
import { tarEntries } from '../../src/assets/archive/tar.ts';
import { archiveTreeDigest } from '../../src/assets/archive/tree-digest.ts';
import { withBakeErrors } from '../../src/assets/asset-error.ts';
import { emptyFolder } from '../support/project.ts';
import { refused } from './support/place.ts';
import { tar, tarEntry, type Entry } from './support/tar.ts';
import { zip } from './support/zip.ts';

const file = (name: string, text = 'x', more: Partial<Entry> = {}): Entry => ({
  name,
  type: '0',
  body: Buffer.from(text),
  ...more,
});
const limits = { name: 'a', strip: 0, setuid: false, mebibytes: 1 };

async function packed(bytes: Buffer, more: Partial<typeof limits> = {}) {
  const folder = emptyFolder();
  const archive = path.join(folder, 'archive');
  const out = path.join(folder, 'out.tar');
  fs.writeFileSync(archive, bytes);
  const made = await withBakeErrors(() => repack(archive, out, { ...limits, ...more }));
  return { ...made, out, archive };
}

async function contentOf(out: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { entry, content } of tarEntries(fs.createReadStream(out))) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    const more = entry.kind === 'link' || entry.kind === 'hardlink' ? `-> ${entry.target}` : '';
    found[entry.path] =
      `${entry.kind} ${'mode' in entry ? entry.mode.toString(8) : ''}${more}${Buffer.concat(parts).toString()}`;
  }
  return found;
}

describe('a hostile archive', () => {
  it.each<[string, Entry[]]>([
    ['a path with ..', [file('../etc/passwd')]],
    ['a path with .. further in', [file('a/../../etc/passwd')]],
    ['an absolute path', [file('/etc/passwd')]],
    ['a link out', [{ name: 'l', type: '2', target: '../outside' }]],
    ['an absolute link', [{ name: 'l', type: '2', target: '/etc' }]],
    [
      'a link up from a link',
      [
        { name: 'p/q/a', type: '2', target: '../../' },
        { name: 'b', type: '2', target: 'p/q/a/../etc' },
      ],
    ],
    ['a file through a link', [{ name: 'd', type: '2', target: 'e' }, file('d/f')]],
    ['a file over a link', [{ name: 'd', type: '2', target: 'e' }, file('d')]],
    [
      'a folder over a link',
      [
        { name: 'd', type: '2', target: 'e' },
        { name: 'd/', type: '5' },
      ],
    ],
    ['a hard link to a file that does not exist', [{ name: 'h', type: '1', target: 'etc/shadow' }]],
    ['a hard link out', [{ name: 'h', type: '1', target: '../../etc/shadow' }]],
    ['a device', [{ name: 'null', type: '3' }]],
    ['a pipe', [{ name: 'fifo', type: '6' }]],
    ['an unknown type', [{ name: 'x', type: 'S' }]],
    ['setuid', [file('su', 'x', { mode: 0o4755 })]],
    ['setgid on a folder', [{ name: 'd/', type: '5', mode: 0o2755 }]],
    ['a line break in a name', [file('a\nb')]],
    ['a backslash in a name', [file(String.raw`a\b`)]],
    ['the same file twice', [file('a'), file('./a')]],
    ['a file below a file', [file('a'), file('a/b')]],
    ['too much', [file('big', 'x'.repeat(1024 * 1024 + 1))]],
    [
      'a path hidden in a pax header',
      [{ name: 'fine', type: '0', body: Buffer.from('x'), pax: { path: '../../etc/passwd' } }],
    ],
    ['a link hidden in a pax header', [{ name: 'l', type: '2', target: 'fine', pax: { linkpath: '/etc' } }]],
    ['a sparse file', [{ name: 's', type: '0', body: Buffer.from('x'), pax: { 'GNU.sparse.major': '1' } }]],
  ])('with %s is refused and leaves no file', async (_, entries) => {
    const folder = emptyFolder();
    fs.writeFileSync(path.join(folder, 'archive'), gzipSync(tar(entries)));
    const out = path.join(folder, 'out.tar');
    const errors = await refused(withBakeErrors(() => repack(path.join(folder, 'archive'), out, limits)));
    expect(errors).toMatchObject([{ code: 'ASSET_ARCHIVE', exit: 2 }]);
    expect(fs.readdirSync(folder)).toEqual(['archive']);
  });

  it.each<[string, Buffer]>([
    ['a gzip that is cut off', gzipSync(tar([file('a', 'x'.repeat(5000))])).subarray(0, 60)],
    ['a tar that is cut off in a file', tar([file('a', 'x'.repeat(5000))]).subarray(0, 3000)],
    [
      'a wrong checksum',
      Buffer.concat([
        tar([file('a')]).subarray(0, 148),
        Buffer.from('0000000\0'),
        tar([file('a')]).subarray(156),
      ]),
    ],
    ['a size that is too large', withTarSize(0x81)],
    ['a negative size', withTarSize(0xff)],
    ['a wrong checksum in a zip', withWrongCrc()],
    ['a zip64 record at an impossible offset', withZip64Locator()],
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>no archive</html>'.repeat(50))],
  ])('with %s is refused', async (_, bytes) => {
    expect(await refused(packed(bytes))).toMatchObject([{ code: 'ASSET_ARCHIVE' }]);
  });
});

describe('an archive bomb', () => {
  it('of headers alone is refused', async () => {
    const folders = Array.from({ length: 3000 }, (_, at): Entry => ({
      name: `x${at}`,
      type: 'x',
      body: Buffer.alloc(0),
    }));
    const bytes = Buffer.concat([...folders.map(tarEntry), tar([file('a', 'x'.repeat(1024 * 1024 + 1))])]);
    expect(await refused(packed(gzipSync(bytes)))).toMatchObject([{ code: 'ASSET_ARCHIVE' }]);
  });

  it('of zeros after the end of a tar is ignored', async () => {
    const bytes = Buffer.concat([tar([file('a')]), Buffer.alloc(50 * 1024 * 1024)]);
    expect((await packed(gzipSync(bytes, { level: 1 }))).files).toBe(1);
  });
});

describe('repack', () => {
  it('strips folders, sets root as owner, and makes modes safe', async () => {
    const { out, files } = await packed(
      gzipSync(
        tar([
          { name: 'tool-1/', type: '5' },
          file('tool-1/bin/tool', 'run', { mode: 0o777 }),
          file('tool-1/share/deep.txt', 'deep', { mode: 0o600 }),
          { name: 'tool-1/bin/alias', type: '2', target: 'tool' },
          { name: 'tool-1/bin/same', type: '1', target: 'tool-1/bin/tool' },
        ]),
      ),
      { strip: 1 },
    );
    expect(files).toBe(2);
    const { sums, ...content } = await contentOf(out);
    expect(content).toEqual({
      'content/bin/tool': 'file 755run',
      'content/share/deep.txt': 'file 600deep',
      'content/bin/alias': 'link -> tool',
      'content/bin/same': 'hardlink -> content/bin/tool',
    });
    expect(sums).toContain('  bin/tool\n');
  });

  it('gives equal bytes for a tar, a tar.gz and a zip', async () => {
    const long = `${'folder/'.repeat(30)}file.txt`;
    const entries = [file('a/b', 'bee', { mode: 0o755 }), file(long, 'deep')];
    const plain = tar(entries);
    const all = await Promise.all(
      [plain, gzipSync(plain), gzipSync(plain, { level: 1 }), zip(entries)].map((one) => packed(one)),
    );
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
    expect((await contentOf(all[0]?.out ?? ''))[`content/${long}`]).toBe('file 644deep');
  });

  it('keeps setuid where the settings allow it', async () => {
    const { out } = await packed(tar([file('su', 'x', { mode: 0o4755 })]), { setuid: true });
    expect(await contentOf(out)).toMatchObject({ 'content/su': 'file 4755x' });
  });

  it('refuses a zip whose entry has another size than stated', async () => {
    const bytes = zip([file('a', 'x'.repeat(100))]);
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(5, at + 24);
    expect(await refused(packed(bytes))).toMatchObject([{ code: 'ASSET_ARCHIVE' }]);
  });
});

it('a folder has no content, whatever size its header states', async () => {
  const archive = tar([{ name: 'd/', type: '5' }, file('d/f')]);
  archive.write('00000000007', 124);
  archive.fill(' ', 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const out = path.join(emptyFolder(), 'a.tar');
  fs.writeFileSync(out, archive);
  expect(await contentOf(out)).toEqual({ 'd/': 'folder 755', 'd/f': 'file 644x' });
});

describe('the digest of a tree', () => {
  it('depends on the content, not on compression, order or times', async () => {
    const entries = [file('r/a', '1'), file('r/b', '2', { mode: 0o755 })];
    const trees = await Promise.all(
      [
        gzipSync(tar(entries)),
        gzipSync(tar(entries), { level: 1 }),
        tar([...entries].reverse()),
        tar([file('r/a', '1'), file('r/b', '3', { mode: 0o755 })]),
        tar([file('r/a', '1'), file('r/b', '2')]),
      ].map(async (bytes) => {
        const archive = path.join(emptyFolder(), 'a');
        fs.writeFileSync(archive, bytes);
        return archiveTreeDigest(archive, 'a');
      }),
    );
    expect(trees[1]).toBe(trees[0]);
    expect(trees[2]).toBe(trees[0]);
    expect(new Set(trees).size).toBe(3);
  });
});

/** A tar whose size is in base 256, with this first byte (GNU tar manual, "Basic Tar Format"). */
function withTarSize(first: number): Buffer {
  const bytes = tar([file('a')]);
  bytes.fill(0xff, 124, 136);
  bytes[124] = first;
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function withWrongCrc(): Buffer {
  const bytes = zip([file('a')]);
  const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bytes.writeUInt32LE(1, central + 16);
  return bytes;
}

/** The offset is no safe integer: fs.read throws for it outside of every promise. */
function withZip64Locator(): Buffer {
  const bytes = zip([file('a')]);
  const locator = Buffer.alloc(20, 0xff);
  locator.writeUInt32LE(0x07064b50, 0);
  return Buffer.concat([bytes.subarray(0, -22), locator, bytes.subarray(-22)]);
}

describe('too many entries', () => {
  /** What the errors of `work` say. */
  async function reasonsOf(work: Promise<unknown>): Promise<string> {
    return (await refused(withBakeErrors(() => work))).map((error) => error.message).join('\n');
  }

  const four = [file('a'), file('b'), file('c'), file('d')];
  it.each([
    ['a tar', tar(four)],
    ['a tar.gz', gzipSync(tar(four))],
    ['a zip', zip(four)],
    ['a tar of folders', tar(four.map(({ name }) => ({ name: `${name}/`, type: '5' })))],
  ])('%s is refused at the entry after the limit', async (_, bytes) => {
    const folder = emptyFolder();
    const archive = path.join(folder, 'archive');
    fs.writeFileSync(archive, bytes);
    const read = async (entries: number): Promise<number> => {
      let count = 0;
      const all = { strip: 0, setuid: false, bytes: 1000, entries };
      for await (const { content } of readArchive(archive, 'a', all)) {
        for await (const chunk of content) expect(chunk.length).toBe(1);
        count += 1;
      }
      return count;
    };
    expect(await read(4)).toBe(4);
    expect(await reasonsOf(read(3))).toContain('it has more than 3 entries');
    fs.rmSync(folder, { recursive: true });
  });
});
