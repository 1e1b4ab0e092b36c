/** Builds the lab's indexes of Python and npm and its git repository, all as static files. */
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { call } from './lab-run.ts';

/** The project that each index contains, in one version. */
export const PROJECT = 'labproject';

/** Below the mirror's root. */
export const INDEX_PATHS = { pip: '/pypi/simple', npm: '/npm', git: '/git/github' } as const;

/** @param tree what nginx serves as https://mirror.corp.example/ */
export async function addIndexes(tree: string): Promise<void> {
  const scratch = await fs.mkdtemp(path.join(tmpdir(), 'bake-indexes-'));
  try {
    await addWheel(path.join(tree, INDEX_PATHS.pip, PROJECT));
    await addNpm(path.join(tree, INDEX_PATHS.npm), path.join(scratch, 'package'));
    await addGit(path.join(tree, INDEX_PATHS.git, 'group', `${PROJECT}.git`), path.join(scratch, 'git'));
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

/** A PEP 503 page with one wheel: a zip file with a module and three metadata files. */
async function addWheel(folder: string): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  const wheel = `${PROJECT}-1.0-py3-none-any.whl`;
  const info = `${PROJECT}-1.0.dist-info`;
  const files = {
    [`${PROJECT}.py`]: "answer = 'from the mirror'\n",
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${PROJECT}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: [`${PROJECT}.py`, `${info}/METADATA`, `${info}/WHEEL`, `${info}/RECORD`]
      .map((name) => `${name},,\n`)
      .join(''),
  };
  const zip =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  for k, v in json.loads(sys.argv[2]).items(): z.writestr(k, v)';
  await call('python3', ['-c', zip, path.join(folder, wheel), JSON.stringify(files)]);
  await fs.writeFile(path.join(folder, 'index.html'), `<!DOCTYPE html><a href="${wheel}">${wheel}</a>\n`);
}

/** A packument and its tarball, without a digest, which npm does not require. */
async function addNpm(root: string, source: string): Promise<void> {
  await fs.mkdir(path.join(root, '-'), { recursive: true });
  await fs.mkdir(source, { recursive: true });
  await fs.writeFile(
    path.join(source, 'package.json'),
    JSON.stringify({ name: PROJECT, version: '1.0.0', main: 'index.js' }),
  );
  await fs.writeFile(path.join(source, 'index.js'), "module.exports = 'from the mirror';\n");
  const tarball = `${PROJECT}-1.0.0.tgz`;
  await call('tar', ['-czf', path.join(root, '-', tarball), '-C', path.dirname(source), 'package']);
  const version = {
    name: PROJECT,
    version: '1.0.0',
    dist: { tarball: `https://mirror.corp.example${INDEX_PATHS.npm}/-/${tarball}` },
  };
  const packument = { name: PROJECT, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } };
  await fs.writeFile(path.join(root, PROJECT), JSON.stringify(packument));
}

/** A bare repository that a plain web server can serve (git-update-server-info). */
async function addGit(bare: string, source: string): Promise<void> {
  const git = (...args: string[]) =>
    call(
      'git',
      ['-c', 'user.name=Lab', '-c', 'user.email=lab@corp.example', '-c', 'init.defaultBranch=main', ...args],
      {
        env: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      },
    );
  await fs.mkdir(path.dirname(bare), { recursive: true });
  await git('init', '--quiet', source);
  await fs.writeFile(path.join(source, 'file'), 'from the mirror\n');
  await git('-C', source, 'add', 'file');
  await git('-C', source, 'commit', '--quiet', '-m', 'first');
  await git('clone', '--quiet', '--bare', source, bare);
  await git('-C', bare, 'update-server-info');
}
