/** Tests of reading real files, odd ones too, on this thread and on threads of the real program. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { withFaults, withErrors } from '../../src/rotate/work.ts';
import { applyAll, findAll } from '../../src/rotate/pool.ts';
import { walk } from '../../src/rotate/walk.ts';
import { folderWith } from '../config/folder.ts';
import { bake } from '../support/bake.ts';

const A = 'ami-0aaaaaaaaaaaaaaaa';
const B = 'ami-0bbbbbbbbbbbbbbbb';
const config = `Image:\n  Os: alinux2\n  CustomAmi: ${A} # a\n`;
const { signal } = new AbortController();
const quiet = (): void => {};

async function found(folder: string, ...names: string[]) {
  const { files } = await walk(names, folder);
  const { found: all, errors } = await findAll(files, { folder }, quiet, signal);
  const lines = all.flatMap(({ file, references, indirect, errors: own }) => [
    ...references.map(({ id }) => `${file} ${id}`),
    ...indirect.map(({ reason }) => `${file}: ${reason}`),
    ...own.map(({ code }) => `${file} ${code}`),
  ]);
  return [...lines, ...errors.map(({ code, place, message }) => `${code} ${place.file}: ${message}`)];
}

describe('files that are not plain UTF-8', () => {
  const bytes = {
    'cr.yaml': config.replaceAll('\n', '\r'),
    'invalid.yaml': Buffer.concat([Buffer.from([0x23, 0xff, 0xfe, 0x0a]), Buffer.from(config)]),
    'mark.yaml': `\u{feff}${config}`,
    'wide.yaml': Buffer.from(`\u{feff}${config}`, 'utf16le'),
    'wide-big.yaml': Buffer.from(`\u{feff}${config}`, 'utf16le').swap16(),
  };

  it('are rotated if one byte is one character, and reported otherwise', async () => {
    const folder = await folderWith(bytes);
    expect(await found(folder, '.')).toEqual([
      `cr.yaml ${A}`,
      `invalid.yaml ${A}`,
      `mark.yaml ${A}`,
      'wide-big.yaml: the file is UTF-16; save it as UTF-8',
      'wide.yaml: the file is UTF-16; save it as UTF-8',
    ]);
    const { exitCode } = await bake(['rotate', '.', '--map', `${A}=${B}`], { cwd: folder });
    expect(exitCode).toBe(0);
    for (const [name, before] of Object.entries(bytes)) {
      const latin1 = Buffer.from(before).toString('latin1');
      const after = readFileSync(path.join(folder, name), 'latin1');
      expect(after, name).toBe(latin1.replace(A, B));
    }
  });
});

it('skips files that are not text or too large for a config, unless they were named', async () => {
  const folder = await folderWith({
    'a.yaml': config,
    binary: Buffer.from(`\x7fELF\0\0${A}`),
    'large.bin': `${'x'.repeat(8 * 1024 * 1024)}\n`,
    'large.yaml': `${config}${'#\n'.repeat(4 * 1024 * 1024)}`,
  });
  const tooLarge = 'FILE_UNREADABLE large.yaml: large.yaml cannot be read: it is larger than 8 MiB';
  expect(await found(folder, '.')).toEqual([`a.yaml ${A}`, tooLarge]);
  expect(await found(folder, 'binary', 'large.bin', 'large.yaml')).toEqual([
    'FILE_UNREADABLE binary: binary cannot be read: it is not text',
    'FILE_UNREADABLE large.bin: large.bin cannot be read: it is larger than 8 MiB',
    tooLarge,
  ]);
});

it('reports files that vanished, and never blocks on a pipe', async () => {
  const folder = await folderWith({ 'a.yaml': config, 'b.yaml': config, 'c.yaml': config });
  const { files } = await walk(['.'], folder);
  const all = [...files];
  rmSync(path.join(folder, 'a.yaml'));
  rmSync(path.join(folder, 'b.yaml'));
  mkdirSync(path.join(folder, 'b.yaml'));
  const { found: there, errors } = await findAll(all, { folder }, quiet, signal);
  expect(there.map(({ file }) => file)).toEqual(['c.yaml']);
  expect(errors.map(({ code, place }) => `${code} ${place.file}`)).toEqual([
    'FILE_MISSING a.yaml',
    'FILE_UNREADABLE b.yaml',
  ]);
  rmSync(path.join(folder, 'c.yaml'));
  execFileSync('mkfifo', [path.join(folder, 'c.yaml')]);
  const edits = there.flatMap(({ references }) =>
    references.map((one) => ({ ...one, kind: 'id' as const, from: one.id, to: B })),
  );
  const applied = await applyAll(edits, { folder }, quiet, signal);
  expect(applied.errors.map(({ message }) => message)).toEqual([
    'c.yaml cannot be read: it is not a regular file',
  ]);
});

it.skipIf(process.getuid?.() === 0)('reports files that it may not read', async () => {
  const folder = await folderWith({ 'a.yaml': config });
  chmodSync(path.join(folder, 'a.yaml'), 0o000);
  expect(await found(folder, '.')).toEqual([expect.stringMatching(/^FILE_UNREADABLE a.yaml: .*EACCES/)]);
});

it('stops when it is aborted', async () => {
  const folder = await folderWith(
    Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`${at}.yaml`, config])),
  );
  const { files } = await walk(['.'], folder);
  const stop = new AbortController();
  const stopped = findAll(files, { folder }, () => stop.abort(new Error('enough')), stop.signal);
  await expect(stopped).rejects.toThrow('enough');
});

it('finds all openings only on request', async () => {
  const queues = ['a', 'b', 'c'].map((name) => `    - Name: ${name}\n`);
  const folder = await folderWith({ 'a.yaml': `${config}Scheduling:\n  SlurmQueues:\n${queues.join('')}` });
  const count = async (openings: boolean): Promise<number | undefined> => {
    const { files } = await walk(['.'], folder);
    return (await findAll(files, { folder, openings }, quiet, signal)).found[0]?.openings.length;
  };
  expect([await count(true), await count(false)]).toEqual([3, 1]);
});

it('carries errors of findings between threads', () => {
  const place = { file: 'a.yaml', line: 3, column: 5, excerpt: 'x' };
  const error = new BakeError(
    'ROTATE_SYNTAX',
    { message: 'bad', kind: 'INI' },
    { place, cause: () => 'no data' },
  );
  const nothing = { references: [], indirect: [], openings: [], cluster: {} };
  const scanned = { found: [{ file: 'a.yaml', ...nothing, errors: [error] }], errors: [error] };
  const back = withErrors(structuredClone(withFaults(scanned)));
  if (!('found' in back)) throw new Error('what was found is missing');
  for (const one of [...back.errors, ...(back.found[0]?.errors ?? [])]) {
    expect(one).toBeInstanceOf(BakeError);
    expect(one).toMatchObject({
      code: 'ROTATE_SYNTAX',
      message: error.message,
      hint: error.hint,
      exit: 2,
      place,
    });
  }
});

it('finds and reports the same on several threads as on one', async () => {
  const folder = await folderWith({});
  const names = Array.from({ length: 150 }, (_, at) => `${String(at).padStart(3, '0')}.yaml`);
  for (const [at, name] of names.entries()) {
    const text =
      at % 50 === 7 ? `CustomAmi: [${A}\n` : at % 3 === 0 ? config.replace(A, '"{{ x }}"') : config;
    writeFileSync(path.join(folder, name), text);
  }
  const args = ['--map', `${A}=${B}`, '--check', '--json'];
  const onThreads = await bake(['rotate', '.', ...args], { cwd: folder });
  const [few, rest] = [names.slice(0, 75), names.slice(75)];
  const parts = await Promise.all(
    [few, rest].map((some) => bake(['rotate', ...some, ...args], { cwd: folder })),
  );
  expect([onThreads, ...parts].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  const place = /\d+\.yaml:\d+:\d+/g;
  const said = (text: string): string[] => text.match(place) ?? [];
  expect(said(onThreads.stderr).length).toBe(3);
  expect(said(onThreads.stderr)).toEqual(parts.flatMap(({ stderr }) => said(stderr)));
  const [whole, ...halves] = [onThreads, ...parts].map(
    ({ stdout }) => JSON.parse(stdout) as { errors: object[] },
  );
  // The hint repeats the names that were given.
  const withoutHint = (errors: object[]) => errors.map((error) => ({ ...error, hint: '' }));
  expect(withoutHint(whole?.errors ?? [])).toEqual(halves.flatMap(({ errors }) => withoutHint(errors)));
});
