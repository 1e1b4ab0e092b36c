/** Tests of writing a rotation to real files. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/rotate/find.ts';
import type { Edit } from '../../src/rotate/format.ts';
import { yaml } from '../../src/rotate/formats/yaml.ts';
import { applyAll } from '../../src/rotate/pool.ts';
import { prepare, readOriginal, replaceOriginal, sync } from '../../src/rotate/replace.ts';
import { splice, verifyEdits } from '../../src/rotate/splice.ts';
import { stampOf } from '../../src/rotate/stamp.ts';
import { thisProcess } from '../../src/util/owner.ts';
import { folderWith } from '../config/folder.ts';
import { A, B, fixtures, SHORT } from './fixtures.ts';

const NEW = 'ami-0aaaaaaaaaaaaaaaa';
const config = `Image: { CustomAmi: ${A} } # ${A}\nHeadNode: { Image: { CustomAmi: ${SHORT} } }\n`;

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function apply(edits: readonly Edit[], folder: string) {
  return applyAll(edits, { folder }, () => {}, new AbortController().signal);
}

function editsOf(file: string, bytes: Buffer, to: (id: string) => string = () => NEW): Edit[] {
  return findReferences(file, bytes).references.map(({ path, start, end, id }) => ({
    kind: 'id',
    file,
    path,
    start,
    end,
    from: id,
    to: to(id),
  }));
}

describe.each(fixtures.filter(({ references }) => references.length > 0))(
  '$title',
  ({ bytes, references }) => {
    it('changes only its ids, and nothing the second time', async () => {
      const folder = await folderWith({ 'c.yaml': bytes });
      const path = join(folder, 'c.yaml');
      const edits = editsOf('c.yaml', bytes);
      expect(await apply(edits, folder)).toEqual({ written: ['c.yaml'], errors: [] });

      const after = readFileSync(path);
      expect(findReferences('c.yaml', after).references.map(({ id }) => id)).toEqual(
        references.map(() => NEW),
      );
      // Reversing the change at the places of a second search gives the same bytes.
      const back = findReferences('c.yaml', after).references;
      const undo = back.map(({ path: at, start, end }, index) => ({
        kind: 'id' as const,
        path: at,
        start,
        end,
        from: NEW,
        to: edits[index]?.from ?? '',
      }));
      expect(splice('c.yaml', after, undo)).toEqual(bytes);

      const { mtimeMs, ino } = statSync(path);
      expect(await apply(edits, folder)).toEqual({ written: [], errors: [] });
      expect(statSync(path)).toMatchObject({ mtimeMs, ino });
      expect(readdirSync(folder)).toEqual(['c.yaml']);
    });
  },
);

it('keeps the mode, and a symbolic link to the file', async () => {
  const folder = await folderWith({ 'real/c.yaml': config });
  chmodSync(join(folder, 'real/c.yaml'), 0o640);
  symlinkSync('real/c.yaml', join(folder, 'link.yaml'));
  await apply(editsOf('link.yaml', Buffer.from(config)), folder);
  expect(lstatSync(join(folder, 'link.yaml')).isSymbolicLink()).toBe(true);
  expect(statSync(join(folder, 'real/c.yaml')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(folder, 'real/c.yaml'), 'utf8')).toContain(NEW);
});

it.runIf(process.getuid?.() === 0)('keeps the owner if permitted', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  execFileSync('chown', ['65534:65534', join(folder, 'c.yaml')]);
  await apply(editsOf('c.yaml', Buffer.from(config)), folder);
  expect(statSync(join(folder, 'c.yaml'))).toMatchObject({ uid: 65534, gid: 65534 });
});

it('continues with other files if one has vanished, changed or cannot be read', async () => {
  const folder = await folderWith({ 'a.yaml': config, 'b.yaml': config, 'c.yaml': config, 'd.yaml': config });
  const edits = ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml'].flatMap((file) =>
    editsOf(file, Buffer.from(config)),
  );
  rmSync(join(folder, 'a.yaml'));
  writeFileSync(join(folder, 'b.yaml'), `# new first line\n${config}`);
  rmSync(join(folder, 'c.yaml'));
  execFileSync('mkdir', [join(folder, 'c.yaml')]);
  const { written, errors } = await apply(edits, folder);
  expect(written).toEqual(['d.yaml']);
  expect(errors.map(({ code, place, exit }) => [code, place.file, exit])).toEqual([
    ['FILE_MISSING', 'a.yaml', 2],
    ['ROTATE_CHANGED', 'b.yaml', 3],
    ['FILE_UNREADABLE', 'c.yaml', 2],
  ]);
  expect(readFileSync(join(folder, 'b.yaml'), 'utf8')).toBe(`# new first line\n${config}`);
});

it.skipIf(process.getuid?.() === 0)(
  'leaves a write-protected file unchanged, although its folder is writable',
  async () => {
    const folder = await folderWith({ 'c.yaml': config });
    chmodSync(join(folder, 'c.yaml'), 0o444);
    const { errors } = await apply(editsOf('c.yaml', Buffer.from(config)), folder);
    expect(errors.map(({ code, exit }) => [code, exit])).toEqual([['FILE_UNWRITABLE', 3]]);
    expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
  },
);

it.skipIf(process.getuid?.() === 0)('leaves a file alone whose folder takes no new ones', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  chmodSync(folder, 0o555);
  const { errors } = await apply(editsOf('c.yaml', Buffer.from(config)), folder);
  chmodSync(folder, 0o755);
  expect(errors.map(({ code }) => code)).toEqual(['FILE_UNWRITABLE']);
  expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
});

it.runIf(existsSync('/proc/self/comm'))('reports a folder in which even root cannot write', async () => {
  // The proc file system accepts no new files. The name of this process serves as a config.
  const comm = readFileSync('/proc/self/comm');
  const from = comm.toString('latin1').trim();
  const edit = {
    kind: 'id',
    file: '/proc/self/comm',
    path: '',
    start: 0,
    end: from.length,
    from,
    to: `${from}x`,
  } as const;
  const { errors, written } = await apply([edit], '/');
  expect(written).toEqual([]);
  expect(errors.map(({ code }) => code)).toEqual(['FILE_UNWRITABLE']);
});

it('removes temporary files of killed runs, keeps those of running ones, and leaves none', async () => {
  const folder = await folderWith({ 'c.yaml': config, 'other.yaml': config });
  const { pid: dead } = spawnSync('true');
  const { host, started } = thisProcess();
  const key = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);
  const of = (machine: string, pid: number): string => `.bake-${key(machine)}-${pid}-${started}-0123456789ab`;
  const [gone, again, atWork] = [of(host, dead), of(host, 1), of(host, process.pid)];
  const [elsewhere, longAgo] = [of('elsewhere', dead), of('long ago', 2)];
  const foreign = '.bake-of-another-program';
  for (const name of [gone, again, atWork, elsewhere, longAgo, foreign])
    writeFileSync(join(folder, name), '');
  utimesSync(join(folder, longAgo), 0, 0);
  await apply(editsOf('c.yaml', Buffer.from(config)), folder);
  expect(readdirSync(folder).sort()).toEqual([atWork, elsewhere, foreign, 'c.yaml', 'other.yaml'].sort());
});

it('rotates a file once if several runs do it together', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  const edits = editsOf('c.yaml', Buffer.from(config));
  const all = await Promise.all(Array.from({ length: 20 }, () => apply(edits, folder)));
  expect(all.flatMap(({ written }) => written)).toContain('c.yaml');
  const codes = new Set(all.flatMap(({ errors }) => errors.map(({ code }) => code)));
  codes.delete('FILE_UNWRITABLE');
  expect([...codes]).toEqual([]);
  expect(editsOf('c.yaml', readFileSync(join(folder, 'c.yaml'))).map(({ from }) => from)).toEqual([NEW, NEW]);
  expect(readdirSync(folder)).toEqual(['c.yaml']);
});

it('refuses a file that changed elsewhere since its ids were found', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  const edits = editsOf('c.yaml', Buffer.from(config));
  const stamps = new Map([['c.yaml', stampOf(Buffer.from(config))]]);
  writeFileSync(join(folder, 'c.yaml'), `${config}Region: eu-west-1\n`);
  const { signal } = new AbortController();
  const refused = await applyAll(edits, { folder, stamps }, () => {}, signal);
  expect(refused.errors.map(({ code }) => code)).toEqual(['ROTATE_CHANGED']);
  expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(`${config}Region: eu-west-1\n`);
  // Edits that are already applied are not a foreign change.
  writeFileSync(join(folder, 'c.yaml'), config);
  expect((await applyAll(edits, { folder, stamps }, () => {}, signal)).written).toEqual(['c.yaml']);
  expect(await applyAll(edits, { folder, stamps }, () => {}, signal)).toEqual({ written: [], errors: [] });
});

it('refuses a file that changes between its reading and its replacement', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  const at = join(folder, 'c.yaml');
  const original = readOriginal(at);
  const waiting = prepare(original, Buffer.from('new'));
  writeFileSync(at, `${config}# by hand\n`);
  expect(await sync(waiting)).toBeUndefined();
  expect(replaceOriginal(waiting)).toBe(false);
  expect(readFileSync(at, 'utf8')).toBe(`${config}# by hand\n`);
  expect(readdirSync(folder)).toEqual(['c.yaml']);
});

it('breaks hard links: the other name keeps the old content', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  linkSync(join(folder, 'c.yaml'), join(folder, 'kept.yaml'));
  await apply(editsOf('c.yaml', Buffer.from(config)), folder);
  expect(readFileSync(join(folder, 'kept.yaml'), 'utf8')).toBe(config);
  expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toContain(NEW);
});

it.runIf(isThere('flock'))('leaves a file unchanged that another process has locked', async () => {
  const folder = await folderWith({ 'c.yaml': config, 'd.yaml': config });
  const holder = spawn('flock', ['-x', join(folder, 'c.yaml'), 'sh', '-c', 'echo locked; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const edits = ['c.yaml', 'd.yaml'].flatMap((file) => editsOf(file, Buffer.from(config)));
  const { written, errors } = await apply(edits, folder);
  holder.stdin.end();
  expect(written).toEqual(['d.yaml']);
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^FILE_UNWRITABLE c\.yaml .* process \d+ \(\w+\) holds a lock on it$/),
  ]);
  expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
});

it('writes nothing more after it is stopped, and reports that', async () => {
  const names = Array.from({ length: 60 }, (_, at) => `${at}.yaml`);
  const folder = await folderWith(Object.fromEntries(names.map((name) => [name, config])));
  const edits = names.flatMap((file) => editsOf(file, Buffer.from(config)));
  const stop = new AbortController();
  const { written, errors } = await applyAll(edits, { folder }, () => stop.abort(), stop.signal);
  expect(errors.map(({ code, exit }) => [code, exit])).toEqual([['ROTATE_STOPPED', 130]]);
  expect(written.length).toBeLessThan(names.length);
  const rotated = names.filter((name) => readFileSync(join(folder, name), 'utf8') !== config);
  expect(rotated.sort()).toEqual(written.sort());
});

it('handles a name of the maximum length', async () => {
  const file = `${'c'.repeat(250)}.yaml`;
  const folder = await folderWith({ [file]: config });
  expect(await apply(editsOf(file, Buffer.from(config)), folder)).toEqual({
    written: [file],
    errors: [],
  });
});

describe('the check after the splice', () => {
  const before = Buffer.from(config);
  const edits = editsOf('c.yaml', before);

  it('accepts the intended change', () => {
    const after = splice('c.yaml', before, edits);
    if (after === 'done') throw new Error('nothing was spliced');
    expect(() => verifyEdits('c.yaml', { before, after, edits }, yaml)).not.toThrow();
  });

  it.each([
    ['another value changed', config.replace('HeadNode', 'HeadNope')],
    ['a value vanished', config.replace(`{ CustomAmi: ${SHORT} }`, '{}')],
    ['an edit had no effect', config.replace(A, NEW)],
    ['a document was added', `${config.replace(A, NEW).replace(SHORT, NEW)}---\nX: y\n`],
    ['it is not YAML any more', config.replace('}', '')],
    ['an id changed to the wrong one', config.replace(A, B).replace(SHORT, NEW)],
  ])('refuses when %s', (_, text) => {
    expect(() => verifyEdits('c.yaml', { before, after: Buffer.from(text), edits }, yaml)).toThrow(
      /not changed/,
    );
  });

  it('refuses an id that would break the file', async () => {
    const folder = await folderWith({ 'c.yaml': config });
    const { errors } = await apply(
      editsOf('c.yaml', before, () => 'ami-1\nX: y'),
      folder,
    );
    expect(errors.map(({ code }) => code)).toEqual(['ROTATE_REFUSED']);
    expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
  });
});
