/** Owns: what is said where a file cannot be written or read because a folder, or a file, stands in its place. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { readInput, writeFileAtomic } from '../../src/util/files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bake-files-'));

async function failure(doing: Promise<unknown>): Promise<{ code?: string; message: string; hint?: string }> {
  try {
    await doing;
    return { message: 'nothing' };
  } catch (error) {
    return error as BakeError;
  }
}

test('a file that is to be written where a folder is: the folder is named, and left alone', async () => {
  mkdirSync(path.join(folder, 'out.xml'));
  const { code, message, hint } = await failure(writeFileAtomic(path.join(folder, 'out.xml'), 'x'));
  expect({ code, hint }).toEqual({ code: 'FILE_UNWRITABLE', hint: 'name a file' });
  expect(message).toMatch(/out\.xml cannot be written: it is a folder$/);
  expect(readdirSync(folder)).toEqual(['out.xml']);
});

test('a folder that has to be made where a file is: the file has to go', async () => {
  writeFileSync(path.join(folder, 'runs'), '');
  const { code, hint } = await failure(writeFileAtomic(path.join(folder, 'runs', 'x'), 'x'));
  expect(code).toBe('FOLDER_UNWRITABLE');
  expect(hint).toMatch(/a file stands where that folder has to be/);
});

test('a folder that is to be read as a file is no matter of modes', async () => {
  const { message } = await failure(readInput(folder));
  expect(new BakeError('FILE_UNREADABLE', { path: folder, reason: message }).hint).toMatch(/name a file/);
  expect(new BakeError('FILE_UNREADABLE', { path: folder, reason: 'EACCES: no' }).hint).toMatch(/mode/);
});
