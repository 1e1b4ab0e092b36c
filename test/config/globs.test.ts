/** Tests of file patterns. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expandGlobs } from '../../src/config/globs.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { folderWith } from './folder.ts';

const files = {
  'clusters/b.yaml': '',
  'clusters/a.yaml': '',
  'clusters/deep/c.yaml': '',
  'clusters/.hidden.yaml': '',
  '.bakery/runs/x.yaml': '',
  'certs/ca[1].pem': '',
};

/** The folder's own name looks like a pattern and like a hidden file. */
async function folder(): Promise<string> {
  const outer = await folderWith(
    Object.fromEntries(Object.keys(files).map((name) => [`.we[ir]d (*)/${name}`, ''])),
  );
  return join(outer, '.we[ir]d (*)');
}

it.each([
  [['clusters/*.yaml'], ['clusters/a.yaml', 'clusters/b.yaml']],
  [['clusters/**/*.yaml'], ['clusters/a.yaml', 'clusters/b.yaml', 'clusters/deep/c.yaml']],
  [
    ['**/*.yaml', 'clusters/a.yaml'],
    ['clusters/a.yaml', 'clusters/b.yaml', 'clusters/deep/c.yaml'],
  ],
  [
    ['**/*.yaml', '!clusters/deep/**'],
    ['clusters/a.yaml', 'clusters/b.yaml'],
  ],
  [['clusters/.*.yaml'], ['clusters/.hidden.yaml']],
  [
    ['./clusters/b.yaml', 'clusters/{a,b}.yaml'],
    ['clusters/a.yaml', 'clusters/b.yaml'],
  ],
  [['certs/ca[1].pem'], ['certs/ca[1].pem']],
  [['nothing/*.yaml'], []],
  [[], []],
])('expands %j', async (patterns, expected) => {
  expect(await expandGlobs(await folder(), patterns)).toEqual(expected);
});

it('accepts absolute patterns', async () => {
  const at = await folderWith({ 'a.yaml': '' });
  expect(await expandGlobs(at, [join(at, '*.yaml'), join(at, 'a.yaml')])).toEqual(['a.yaml']);
});

it('reports every path that does not exist with its place, and refuses a folder', async () => {
  const place = (index: number) => ({ file: 'bakery.yaml', line: 10 + index });
  const thrown: unknown = await expandGlobs(await folder(), ['x.pem', 'certs', 'y.pem'], {
    what: 'trust.certificates',
    place,
  }).catch((error: unknown) => error);
  expect(errorsOf(thrown).map((error) => [error.code, error.place.line, error.message])).toEqual([
    ['FILE_MISSING', 10, 'trust.certificates: x.pem does not exist'],
    ['FILE_UNREADABLE', 11, expect.stringContaining('certs')],
    ['FILE_MISSING', 12, 'trust.certificates: y.pem does not exist'],
  ]);
});
