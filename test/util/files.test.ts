/** Tests the errors of writing and reading files if a folder or a file has that name. */
import {
  linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { repack } from '../../src/assets/archive/repack.ts';
import { digestFile, placeFile, readInput, writeFileAtomic } from '../../src/util/files.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { TAR_END, tarHeader } from '../../src/util/tar.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bake-files-'));

async function failure(doing: Promise<unknown>): Promise<{ code?: string; message: string; hint?: string }> {
  try {
    await doing;
    return { message: 'nothing' };
  } catch (error) {
    return error as BakeError;
  }
}

test('reports the folder that has the name of a file to write, and does not change it', async () => {
  mkdirSync(path.join(folder, 'out.xml'));
  const { code, message, hint } = await failure(writeFileAtomic(path.join(folder, 'out.xml'), 'x'));
  expect({ code, hint }).toEqual({ code: 'FILE_UNWRITABLE', hint: 'name a file' });
  expect(message).toMatch(/out\.xml cannot be written: it is a folder$/);
  expect(readdirSync(folder)).toEqual(['out.xml']);
});

test('reports the file that has the name of a folder to make', async () => {
  writeFileSync(path.join(folder, 'runs'), '');
  const { code, hint } = await failure(writeFileAtomic(path.join(folder, 'runs', 'x'), 'x'));
  expect(code).toBe('FOLDER_UNWRITABLE');
  expect(hint).toMatch(/a file has the name of that folder/);
});

test('reports a folder that is read as a file, without a hint about its mode', async () => {
  const { message } = await failure(readInput(folder));
  expect(new BakeError('FILE_UNREADABLE', { path: folder, reason: message }).hint).toMatch(/name a file/);
  expect(new BakeError('FILE_UNREADABLE', { path: folder, reason: 'EACCES: no' }).hint).toMatch(/mode/);
});

test('digests all bytes of a file, and refuses a pipe or a folder before opening it', async () => {
  const bytes = Buffer.alloc(2_500_000, 'abc');
  const file = path.join(folder, 'large');
  writeFileSync(file, bytes);
  expect(await digestFile(file)).toEqual({ sha256: sha256(bytes), size: bytes.length });
  expect((await failure(digestFile('/dev/zero'))).message).toBe('it is not a regular file');
  expect((await failure(digestFile(folder))).message).toBe('it is a folder');
});

test('places a file as a link, replaces the existing file, and leaves no temporary file', async () => {
  const below = path.join(folder, 'placed');
  const [source, to] = [path.join(folder, 'source'), path.join(below, 'deep', 'to')];
  writeFileSync(source, 'content');
  await placeFile(source, to);
  await placeFile(source, to);
  expect(statSync(to).ino).toBe(statSync(source).ino);
  writeFileSync(path.join(folder, 'other'), 'other');
  await placeFile(path.join(folder, 'other'), to);
  expect(readFileSync(to, 'utf8')).toBe('other');
  expect(readFileSync(source, 'utf8')).toBe('content');
  expect(readdirSync(path.dirname(to))).toEqual(['to']);
});

test('copies a file to a place that links cannot reach', async () => {
  const elsewhere = mkdtempSync('/dev/shm/bake-files-');
  const source = path.join(elsewhere, 'source');
  const to = path.join(folder, 'copied');
  try {
    writeFileSync(source, 'far away');
    expect(() => linkSync(source, to)).toThrow(/EXDEV/);
    await placeFile(source, to);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
  expect(readFileSync(to, 'utf8')).toBe('far away');
  expect((await failure(placeFile(path.join(folder, 'absent'), to))).code).toBe('FOLDER_UNWRITABLE');
});

/** Calls `work` as if it were two hours later. */
async function later(work: () => Promise<unknown>): Promise<void> {
  const now = Date.now() + 7_200_000;
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
  try {
    await work();
  } finally {
    clock.mockRestore();
  }
}

const LEFT = ['plan.json.0a1b2c3d.tmp', 'plan.json.4711.tmp', 'plan.json.99.tmp'];
const OTHERS = [
  'plan.json.tmp', 'plan.json.notes.tmp', 'plan.json.0A1B2C3D.tmp', 'other.json.0a1b2c3d.tmp', 'xplan.json.12.tmp',
  'plan.json.0a1b2c3d', 'plan.json.0a1b2c3d.tmp.gz',
]; // prettier-ignore

/** A new folder with what killed runs left of plan.json, once as a folder, beside files of others. */
function folderOfKilledRuns(): string {
  const place = mkdtempSync(path.join(folder, 'left-'));
  for (const name of [...LEFT.slice(1), ...OTHERS]) writeFileSync(path.join(place, name), 'half');
  mkdirSync(path.join(place, LEFT[0] as string));
  writeFileSync(path.join(place, LEFT[0] as string, 'inside'), 'half');
  return place;
}

test.each<[string, (file: string) => Promise<unknown>]>([
  ['writeFileAtomic', (file) => writeFileAtomic(file, 'whole')],
  ['placeFile', (file) => placeFile(path.join(path.dirname(file), 'plan.json.tmp'), file)],
  [
    'repack',
    async (file) => {
      const archive = path.join(folder, 'empty.tar');
      writeFileSync(archive, Buffer.concat([tarHeader({ kind: 'folder', path: 'a', mode: 0o755 }), TAR_END]));
      await repack(archive, file, { name: 'a', strip: 0, setuid: false, mebibytes: 1 });
    },
  ],
])('%s removes what killed runs left of its file, and nothing else', async (_, write) => {
  const place = folderOfKilledRuns();
  await later(() => write(path.join(place, 'plan.json')));
  expect(readdirSync(place).toSorted()).toEqual([...OTHERS, 'plan.json'].toSorted());
});

test('a temporary file that may belong to a running process stays', async () => {
  const place = folderOfKilledRuns();
  await writeFileAtomic(path.join(place, 'plan.json'), 'whole');
  expect(readdirSync(place).toSorted()).toEqual([...OTHERS, ...LEFT, 'plan.json'].toSorted());
});
