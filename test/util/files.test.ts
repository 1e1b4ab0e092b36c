/** Tests the errors of writing and reading files if a folder or a file has that name. */
import {
  linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { digestFile, placeFile, readInput, writeFileAtomic } from '../../src/util/files.ts';
import { sha256 } from '../../src/util/sha256.ts';

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
