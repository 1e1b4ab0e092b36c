/** Owns the tests of writing a rotation to real files. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/rotate/apply.ts';
import { findReferences } from '../../src/rotate/find.ts';
import type { Edit } from '../../src/rotate/format.ts';
import { yaml } from '../../src/rotate/formats/yaml.ts';
import { splice, verify } from '../../src/rotate/splice.ts';
import { folderWith } from '../config/folder.ts';
import { A, B, fixtures, SHORT } from './fixtures.ts';

const NEW = 'ami-0aaaaaaaaaaaaaaaa';
const config = `Image: { CustomAmi: ${A} } # ${A}\nHeadNode: { Image: { CustomAmi: ${SHORT} } }\n`;

function editsOf(file: string, bytes: Buffer, to: (id: string) => string = () => NEW): Edit[] {
  return findReferences(file, bytes).references.map(({ start, end, id }) => ({
    file,
    start,
    end,
    from: id,
    to: to(id),
  }));
}

describe.each(fixtures.filter(({ references }) => references.length > 0))(
  '$title',
  ({ bytes, references }) => {
    it('changes in its ids and in nothing else, and a second time not at all', async () => {
      const folder = await folderWith({ 'c.yaml': bytes });
      const path = join(folder, 'c.yaml');
      const edits = editsOf('c.yaml', bytes);
      expect(await applyEdits(edits, folder)).toEqual({ written: ['c.yaml'], errors: [] });

      const after = readFileSync(path);
      expect(findReferences('c.yaml', after).references.map(({ id }) => id)).toEqual(
        references.map(() => NEW),
      );
      // Taken back at the places found anew, the very same bytes come out.
      const back = findReferences('c.yaml', after).references;
      const undo = back.map(({ start, end }, index) => ({
        start,
        end,
        from: NEW,
        to: edits[index]?.from ?? '',
      }));
      expect(splice('c.yaml', after, undo)).toEqual(bytes);

      const { mtimeMs, ino } = statSync(path);
      expect(await applyEdits(edits, folder)).toEqual({ written: [], errors: [] });
      expect(statSync(path)).toMatchObject({ mtimeMs, ino });
      expect(readdirSync(folder)).toEqual(['c.yaml']);
    });
  },
);

it('keeps the mode, and the link that leads to the file', async () => {
  const folder = await folderWith({ 'real/c.yaml': config });
  chmodSync(join(folder, 'real/c.yaml'), 0o640);
  symlinkSync('real/c.yaml', join(folder, 'link.yaml'));
  await applyEdits(editsOf('link.yaml', Buffer.from(config)), folder);
  expect(lstatSync(join(folder, 'link.yaml')).isSymbolicLink()).toBe(true);
  expect(statSync(join(folder, 'real/c.yaml')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(folder, 'real/c.yaml'), 'utf8')).toContain(NEW);
});

it.runIf(process.getuid?.() === 0)('keeps the owner where it may', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  execFileSync('chown', ['65534:65534', join(folder, 'c.yaml')]);
  await applyEdits(editsOf('c.yaml', Buffer.from(config)), folder);
  expect(statSync(join(folder, 'c.yaml'))).toMatchObject({ uid: 65534, gid: 65534 });
});

it('goes on with the others when a file has vanished, changed or cannot be read', async () => {
  const folder = await folderWith({ 'a.yaml': config, 'b.yaml': config, 'c.yaml': config, 'd.yaml': config });
  const edits = ['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml'].flatMap((file) =>
    editsOf(file, Buffer.from(config)),
  );
  rmSync(join(folder, 'a.yaml'));
  writeFileSync(join(folder, 'b.yaml'), `# new first line\n${config}`);
  rmSync(join(folder, 'c.yaml'));
  execFileSync('mkdir', [join(folder, 'c.yaml')]);
  const { written, errors } = await applyEdits(edits, folder);
  expect(written).toEqual(['d.yaml']);
  expect(errors.map(({ code, place, exit }) => [code, place.file, exit])).toEqual([
    ['FILE_MISSING', 'a.yaml', 2],
    ['ROTATE_CHANGED', 'b.yaml', 3],
    ['FILE_UNREADABLE', 'c.yaml', 2],
  ]);
  expect(readFileSync(join(folder, 'b.yaml'), 'utf8')).toBe(`# new first line\n${config}`);
});

it.skipIf(process.getuid?.() === 0)(
  'leaves a write-protected file alone, though its folder could be written',
  async () => {
    const folder = await folderWith({ 'c.yaml': config });
    chmodSync(join(folder, 'c.yaml'), 0o444);
    const { errors } = await applyEdits(editsOf('c.yaml', Buffer.from(config)), folder);
    expect(errors.map(({ code, exit }) => [code, exit])).toEqual([['FILE_UNWRITABLE', 3]]);
    expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
  },
);

it.skipIf(process.getuid?.() === 0)('leaves a file alone whose folder takes no new ones', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  chmodSync(folder, 0o555);
  const { errors } = await applyEdits(editsOf('c.yaml', Buffer.from(config)), folder);
  chmodSync(folder, 0o755);
  expect(errors.map(({ code }) => code)).toEqual(['FILE_UNWRITABLE']);
  expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
});

it.runIf(existsSync('/proc/self/comm'))('says so when even root cannot write there', async () => {
  // The file system of processes takes no new files from anybody; the name of this process serves as config.
  const comm = readFileSync('/proc/self/comm');
  const from = comm.toString('latin1').trim();
  const edit = { file: '/proc/self/comm', start: 0, end: from.length, from, to: `${from}x` };
  const { errors, written } = await applyEdits([edit]);
  expect(written).toEqual([]);
  expect(errors.map(({ code }) => code)).toEqual(['FILE_UNWRITABLE']);
});

it('clears away what a killed run left, and leaves none itself', async () => {
  const folder = await folderWith({ 'c.yaml': config, 'other.yaml': config });
  const edits = editsOf('c.yaml', Buffer.from(config));
  await applyEdits(edits, folder);
  const prefix = '.bake-';
  const { createHash } = await import('node:crypto');
  const name = `${prefix}${createHash('sha256').update('c.yaml').digest('hex').slice(0, 12)}-dead`;
  writeFileSync(join(folder, name), 'half');
  writeFileSync(join(folder, '.bake-of-somebody-else'), 'x');
  writeFileSync(join(folder, 'c.yaml'), config);
  await applyEdits(edits, folder);
  expect(readdirSync(folder).sort()).toEqual(['.bake-of-somebody-else', 'c.yaml', 'other.yaml']);
});

it('ends well when several rotate the same file at once', async () => {
  const folder = await folderWith({ 'c.yaml': config });
  const edits = editsOf('c.yaml', Buffer.from(config));
  const all = await Promise.all(Array.from({ length: 20 }, () => applyEdits(edits, folder)));
  expect(all.flatMap(({ written }) => written)).toContain('c.yaml');
  const codes = new Set(all.flatMap(({ errors }) => errors.map(({ code }) => code)));
  codes.delete('FILE_UNWRITABLE');
  expect([...codes]).toEqual([]);
  expect(editsOf('c.yaml', readFileSync(join(folder, 'c.yaml'))).map(({ from }) => from)).toEqual([NEW, NEW]);
  expect(readdirSync(folder)).toEqual(['c.yaml']);
});

it('handles a name as long as file names get', async () => {
  const file = `${'c'.repeat(250)}.yaml`;
  const folder = await folderWith({ [file]: config });
  expect(await applyEdits(editsOf(file, Buffer.from(config)), folder)).toEqual({
    written: [file],
    errors: [],
  });
});

describe('the proof after the splice', () => {
  const before = Buffer.from(config);
  const edits = editsOf('c.yaml', before);

  it('passes what was intended', () => {
    const after = splice('c.yaml', before, edits);
    if (after === 'done') throw new Error('nothing was spliced');
    expect(() => verify('c.yaml', { before, after, edits }, yaml)).not.toThrow();
  });

  it.each([
    ['another value changed', config.replace('HeadNode', 'HeadNope')],
    ['a value vanished', config.replace(`{ CustomAmi: ${SHORT} }`, '{}')],
    ['an edit had no effect', config.replace(A, NEW)],
    ['a document was added', `${config.replace(A, NEW).replace(SHORT, NEW)}---\nX: y\n`],
    ['it is no YAML any more', config.replace('}', '')],
    ['an id was put where another was meant', config.replace(A, B).replace(SHORT, NEW)],
  ])('refuses when %s', (_, text) => {
    expect(() => verify('c.yaml', { before, after: Buffer.from(text), edits }, yaml)).toThrow(/left alone/);
  });

  it('refuses an id that would break the file', async () => {
    const folder = await folderWith({ 'c.yaml': config });
    const { errors } = await applyEdits(
      editsOf('c.yaml', before, () => 'ami-1\nX: y'),
      folder,
    );
    expect(errors.map(({ code }) => code)).toEqual(['ROTATE_REFUSED']);
    expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).toBe(config);
  });
});
