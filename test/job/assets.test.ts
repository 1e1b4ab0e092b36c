/** Tests assets in a root filesystem without a route: unpacked, cloned and downloaded by their URLs, as locked. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import { fakeGitHub, release, type FakeGitHub } from '../assets/support/github.ts';
import { filesBelow, placeFor, type Place } from '../assets/support/place.ts';
import { tar } from '../assets/support/tar.ts';
import { emptyFolder } from '../support/project.ts';

let github: FakeGitHub;
let place: Place;
let commit: string;
let address: string;

function git(folder: string, ...args: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  const dates = { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...identity, ...dates };
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
}

beforeAll(async () => {
  github = await fakeGitHub();
  const work = emptyFolder();
  git(work, 'init', '-q', '-b', 'main', '.');
  fs.writeFileSync(path.join(work, 'one'), '1\n');
  git(work, 'add', '.');
  git(work, 'commit', '-q', '-m', 'one');
  fs.writeFileSync(path.join(work, 'two'), '2\n');
  git(work, 'add', '.');
  git(work, 'commit', '-q', '-m', 'two');
  git(work, 'tag', '-a', 'v1', '-m', 'v1');
  commit = git(work, 'rev-parse', 'HEAD');
  git(work, 'clone', '-q', '--bare', '.', 'bare.git');
  git(path.join(work, 'bare.git'), 'update-server-info');
  for (const file of filesBelow(path.join(work, 'bare.git'))) {
    github.files.set(`/acme/pyenv.git/${file}`, fs.readFileSync(path.join(work, 'bare.git', file)));
  }
  github.commits.set('acme/pyenv v1', commit);
  const entry = (name: string, text: string, mode = 0o644) => ({
    name,
    type: '0',
    body: Buffer.from(text),
    mode,
  });
  const archive = gzipSync(
    tar([entry('tool-1/bin/tool', '#!/bin/sh\necho tool\n', 0o755), entry('tool-1/doc/x', 'x')]),
  );
  release(github, 'acme/tool', 'v1', 'tool.tar.gz', archive);
  release(github, 'acme/tool', 'v1', 'plain.bin', Buffer.from('plain bytes'));
  place = placeFor(github);
  place.write(`assets:
  - { name: tool, release: { repo: acme/tool, tag: v1, file: tool.tar.gz }, path: /opt/site/tool, unpack: { strip: 1 } }
  - { name: plain, release: { repo: acme/tool, tag: v1, file: plain.bin } }
  - { name: pyenv, git: { repo: acme/pyenv, ref: v1 } }
`);
  fs.writeFileSync(path.join(place.folder, 'recipe.yaml'), 'steps: [assets]\n');
  // The CA of the fetch belongs to the test; the image must not trust it.
  await place.lock();
  await place.fetch();
  fs.writeFileSync(
    path.join(place.folder, 'bakery.yaml'),
    'version: 1\ndefaults: { recipe: recipe.yaml }\ntargets: [{ os: alinux2023 }]\nassets: assets.yaml\n',
  );
  address = `file:///opt/bakery/assets/${new URL(github.web).host}/acme/tool/releases/download/v1/plain.bin`;
});
afterAll(() => github.close());

async function job() {
  const selection = { os: [], regions: [], rebake: false } as unknown as Parameters<typeof loadProject>[1];
  const { jobs } = await loadProject(path.join(place.folder, 'bakery.yaml'), selection, {}, new Date());
  const [first] = jobs;
  if (first === undefined) throw new Error('no job');
  return first;
}

it('gives what was locked to clones by https, ssh and git@ and to a download by its URL', async () => {
  const { image, target, templates } = await job();
  const steps = imageSteps(imageParts(image), templates);
  const rows = verifyRows(imageParts(image), templates).filter(({ id }) => id.startsWith('asset'));
  const host = new URL(github.web).host;
  const clone = (url: string) => ({
    name: `clone ${url}`,
    text: `#!/bin/bash\nset -e\ncd "$(mktemp -d)"\nHOME=$PWD GIT_SSH_COMMAND=false git clone -q ${url} x\n[ "$(git -C x rev-parse HEAD)" = ${commit} ]\n`,
  });
  const more = [
    ...[
      `https://${host}/acme/pyenv.git`,
      `https://${host}/acme/pyenv`,
      `ssh://git@${host}/acme/pyenv.git`,
      `git@${host}:acme/pyenv.git`,
    ].map(clone),
    clone(`--depth 1 --single-branch -b v1 https://${host}/acme/pyenv.git`),
    // A URL that only begins like a locked one is not redirected.
    ...[`https://${host}/acme/pyenv-more.git`, `git@${host}:acme/pyenv.github.io`].map((url) => ({
      name: `clone ${url}`,
      text: `#!/bin/bash\n[ "$(HOME=/nonexistent git ls-remote --get-url ${url})" = ${url} ]\n`,
    })),
    { name: 'download', text: `#!/bin/bash\n[ "$(curl -fsS ${address})" = 'plain bytes' ]\n` },
    { name: 'tool', text: '#!/bin/bash\n[ "$(/opt/site/tool/bin/tool)" = tool ]\n' },
  ];
  const outputs: RehearsalResult[] = [];
  const scripts = [...steps, ...rows].map(scriptOf);
  // A second run changes nothing.
  const again = steps
    .filter(({ id }) => id.startsWith('asset'))
    .map((step) => ({ ...scriptOf(step), name: `${step.id} again` }));
  const { results } = await rehearse({
    target: { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster },
    scripts: [...scripts, ...again, ...more],
    keepGoing: true,
    onResult: (result) => void outputs.push(result),
  });
  expect(
    results.filter(({ outcome }) => outcome === 'failed').map(({ name, output }) => `${name}: ${output}`),
  ).toEqual([]);
  expect(rows.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['asset-tool', 'asset-plain', 'asset-pyenv', 'assets-git', 'assets-manifest']),
  );
  expect(
    results.filter(({ name, outcome }) => /^asset|^clone|^download/.test(name) && outcome !== 'passed'),
  ).toEqual([]);
});

it('fails a row when a file of an unpacked archive was changed', async () => {
  const { image, target, templates } = await job();
  const rows = verifyRows(imageParts(image), templates).filter(({ id }) => id.startsWith('asset'));
  const spoil =
    '#!/bin/bash\necho evil > /opt/site/tool/bin/tool\necho evil > /opt/bakery/git/gitconfig\nrm /opt/bakery/assets/*/acme/tool/releases/download/v1/plain.bin\n';
  const { results } = await rehearse({
    target: { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster },
    scripts: [
      ...imageSteps(imageParts(image), templates).map(scriptOf),
      { name: 'spoil', text: spoil },
      ...rows.map(({ id, script }) => ({ name: `row ${id}`, text: script })),
    ],
    keepGoing: true,
  });
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  expect(failed).toEqual(['row asset-tool', 'row asset-plain', 'row assets-git']);
});

it('fails a row when the URL of a locked repository also matches URLs that begin like it', async () => {
  const { image, target, templates } = await job();
  const rows = verifyRows(imageParts(image), templates).filter(({ id }) => id === 'assets-git');
  const lines = '/\\[url "[^/]/,+1d';
  const { results } = await rehearse({
    target: { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster },
    scripts: [
      ...imageSteps(imageParts(image), templates).map(scriptOf),
      { name: 'spoil', text: `#!/bin/bash\nsed -i '${lines}' /opt/bakery/git/gitconfig\n` },
      ...rows.map(scriptOf),
    ],
    keepGoing: true,
  });
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ output }) => output).join('')).toMatch(/pyenvx leads to \/opt\/bakery\/git/);
});

it('fails the bake before anything is written when a byte in the store was flipped', async () => {
  const file = filesBelow(place.store).find((one) => one.startsWith('sha256/')) as string;
  const bytes = fs.readFileSync(place.at(file));
  bytes[0] = (bytes[0] as number) ^ 1;
  fs.writeFileSync(place.at(file), bytes);
  const found = await job().then(
    () => [],
    (error: unknown) => errorsOf(error),
  );
  expect(found).toMatchObject([{ code: 'ASSET_DIGEST', exit: 2 }]);
  bytes[0] = bytes[0] ^ 1;
  fs.writeFileSync(place.at(file), bytes);
});
