/** Tests that errors and warnings about a project name the file, line and column to change. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { loadProject, type Project } from '../../src/pipeline/project.ts';
import { checkScripts } from '../../src/pipeline/script-syntax.ts';
import { folderWith } from '../config/folder.ts';

const LEAST = 'version: 1\ntargets: [{ os: rocky9, base: ami-0123456789abcdef0 }, { os: ubuntu2204 }]\n';
const MIRRORS = 'mirrors:\n  layout: nexus\n  url: https://mirror.corp.example\n';

async function load(text: string, recipe = 'steps: [mirrors, hygiene]\n', more = {}): Promise<Project> {
  // At the end, where it moves no line.
  const named = text.includes('defaults:') ? '' : 'defaults: { recipe: recipes/standard.yaml }\n';
  const files = { 'bakery.yaml': LEAST + text + named, 'recipes/standard.yaml': recipe, ...more };
  const file = join(await folderWith(files), 'bakery.yaml');
  return loadProject(file, { os: [], regions: [], rebake: false }, {}, new Date('2026-11-21T00:00:00Z'));
}

/** `CODE file:line:column message`, without the folder. */
async function refusals(loading: Promise<unknown>): Promise<string[]> {
  try {
    await loading;
    return [];
  } catch (error) {
    return errorsOf(error).map(({ code, message, place: { file, line, column } }) => {
      const name = /[^/]+$/.exec(file ?? '')?.[0] ?? '-';
      return `${code} ${name}:${line}:${column} ${message}`;
    });
  }
}

describe('an error of a part has its place', () => {
  test('in the recipe: packages that must stay, all of them, and once for both targets', async () => {
    const recipe = 'steps:\n  - hygiene\n  - packages:\n      remove: [htop, munge, slurm-devel]\n';
    const found = await refusals(load('', recipe));
    expect(found).toEqual([
      expect.stringMatching(/^CONFIG_VALUE standard\.yaml:4:22 steps\[1\]\.packages\.remove: .*found munge$/),
      expect.stringMatching(/^CONFIG_VALUE standard\.yaml:4:29 .*found slurm-devel$/),
    ]);
  });

  test('in bakery.yaml: a proxy for an unknown repository, and a layout without paths', async () => {
    const proxy = 'proxy:\n  https: http://proxy.corp.example:3128\n  for:\n    - git\n    - eple\n';
    const [first, ...rest] = await refusals(load(MIRRORS + proxy));
    expect(first).toMatch(/^CONFIG_VALUE bakery\.yaml:10:7 proxy\.for: .*found eple$/);
    expect(rest.every((line) => line.startsWith('CONFIG_VALUE bakery.yaml:10:7'))).toBe(true);
    const custom = await refusals(load(MIRRORS.replace('nexus', 'custom')));
    expect(custom).toHaveLength(2);
    expect(custom[0]).toMatch(/^MIRROR_LAYOUT bakery\.yaml:4:3 .*baseos, appstream,.* of rocky9$/);
  });

  test('of several parts at once', async () => {
    const recipe = 'steps:\n  - mirrors\n  - packages: { remove: [munge] }\n';
    const found = await refusals(load(MIRRORS.replace('nexus', 'aptly'), recipe));
    expect(found.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'CONFIG_VALUE standard.yaml:3:26',
      'MIRROR_KEY bakery.yaml:4:3',
    ]);
  });
});

test('reports a missing file at the place that names it', async () => {
  const recipe =
    'steps:\n  - script: files/no.sh\n  - firstBoot:\n      - script: files/none.sh\nexpect:\n  - recipes/no.yaml\n';
  const text = 'assets: assets.yaml\ntrust:\n  certificates:\n    - certs/no.pem\n';
  const found = await refusals(load(text, recipe));
  expect(
    found.map((line) =>
      line
        .replace(/ \/\S+\//, ' ')
        .slice(0, 40)
        .trim(),
    ),
  ).toEqual([
    expect.stringMatching(/^FILE_MISSING bakery\.yaml:3:9 assets/),
    expect.stringMatching(/^FILE_MISSING bakery\.yaml:6:7 trust/),
    expect.stringMatching(/^FILE_MISSING standard\.yaml:2:13/),
    expect.stringMatching(/^FILE_MISSING standard\.yaml:4:17/),
    expect.stringMatching(/^FILE_MISSING standard\.yaml:6:5/),
  ]);
  const recipeless = await refusals(load('defaults:\n  recipe: recipes/other.yaml\n'));
  expect(recipeless).toEqual([expect.stringMatching(/^FILE_MISSING bakery\.yaml:4:11 recipe/)]);
});

test.each([
  [
    'proxy:\n  https: http://u:p@proxy.corp.example:3128\n  for: [git]\n',
    'MIRROR_CREDENTIALS bakery.yaml:4:10 proxy.https: the URL http://***@',
  ],
  [
    'trust:\n  handshake: https://u:p@server.corp.example\n',
    'MIRROR_CREDENTIALS bakery.yaml:4:14 trust.handshake: the URL https://***@',
  ],
  ['proxy:\n  https: http://proxy.corp.example:3128\n', 'PROXY_GLOBAL bakery.yaml:4:3 '],
])('reports each finding about a value once: %j', async (text, expected) => {
  const found = await refusals(load(text));
  expect(found).toEqual([expect.stringContaining(expected)]);
  expect(found.join()).not.toContain('u:p');
});

describe('a repository id under mirrors', () => {
  test('that no OS has is an unknown key without a path, with a suggestion', async () => {
    const found = await refusals(load(`${MIRRORS}  repos:\n    eple: { enabled: false }\n`));
    expect(found).toEqual(['CONFIG_KEY_UNKNOWN bakery.yaml:7:5 unknown key mirrors.repos.eple']);
  });

  test('with a path may belong to the base image: a warning', async () => {
    const { warnings } = await load(`${MIRRORS}  repos:\n    eple: { path: /epel }\n`);
    expect(warnings).toEqual([
      expect.objectContaining({
        text: 'mirrors.repos.eple is not a repository of rocky9, ubuntu2204: bake expects it in your base image; did you mean epel?',
        line: 7,
        column: 5,
      }),
    ]);
  });

  test('of an OS that is not baked now is valid', async () => {
    const repos = 'amzn2-core: { path: /a }, amzn2extra-docker: { enabled: false }';
    expect((await load(`${MIRRORS}  repos: { ${repos} }\n`)).warnings).toEqual([]);
  });
});

test('warns of settings in bakery.yaml that the recipe does not use', async () => {
  const domain =
    'domain: { name: corp.example, join: { secret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf" } }\n';
  const proxy = 'proxy: { https: "http://proxy.corp.example:3128", for: [git] }\n';
  const { warnings } = await load(MIRRORS + proxy + domain, 'steps: [hygiene]\n');
  expect(warnings.map(({ text, line }) => `${line} ${text.replace(/:.*/, '')}`)).toEqual([
    '3 mirrors is set, but the recipe recipes/standard.yaml has no step mirrors',
    '6 proxy is set, but the recipe recipes/standard.yaml has no step mirrors',
    '7 domain is set, but the recipe recipes/standard.yaml has no step firstBoot',
  ]);
});

test.each([
  [
    'proxy:\n  https: http://proxy.corp.example\n  for: [git]\n',
    'CONFIG_VALUE bakery.yaml:4:10 proxy.https: expected http://HOST:PORT',
  ],
  ['proxy:\n  https: http://proxy.corp.example:99999\n  for: [git]\n', 'a port up to 65535'],
  [
    `${MIRRORS}  git:\n    github.com: /a\n    GitHub.com: /b\n`,
    'CONFIG_VALUE bakery.yaml:8:17 mirrors.git.GitHub.com: expected each host once, found github.com and GitHub.com',
  ],
])('%j is rejected', async (text, expected) => {
  expect(await refusals(load(text))).toEqual([expect.stringContaining(expected)]);
});

test('rejects the second joinDomain of one firstBoot', async () => {
  const found = await refusals(load('', 'steps:\n  - firstBoot: [joinDomain, joinDomain]\n'));
  expect(found).toContainEqual(
    expect.stringMatching(/^CONFIG_VALUE standard\.yaml:2:29 steps\[0\]\.firstBoot\[1\]/),
  );
});

test('warns of cluster configs outside the folder of bakery.yaml', async () => {
  const { warnings } = await load('rotate:\n  paths:\n    - clusters/*.yaml\n    - ../other/*.yaml\n');
  expect(warnings).toEqual([
    expect.objectContaining({ text: expect.stringContaining('../other/*.yaml points outside'), line: 6 }),
  ]);
});

describe('the user’s scripts', () => {
  const check = async (text: string) => {
    const recipe = 'steps: [{ script: files/site.sh }]\n';
    const { scripts } = await load('', recipe, { 'files/site.sh': text });
    await checkScripts(scripts, new AbortController().signal);
  };

  test('are rejected with the line of a syntax error', async () => {
    const found = await refusals(check('#!/bin/bash\necho one\nif true; then\n  echo two\n'));
    expect(found).toEqual([
      expect.stringMatching(/^SCRIPT_SYNTAX site\.sh:[345]:undefined bash cannot parse files\/site\.sh/),
    ]);
    expect(await refusals(check('echo (\n'))).toEqual([expect.stringContaining('SCRIPT_SYNTAX site.sh:1:')]);
    expect(await refusals(check('#!/bin/bash\r\ntrue\r\n'))).toEqual([expect.stringContaining('CR LF')]);
  });

  test('are accepted if bash can read them, and in other languages', async () => {
    expect(await refusals(check('#!/bin/sh\ntrue\n'))).toEqual([]);
    expect(await refusals(check('true\n'))).toEqual([]);
    expect(await refusals(check('#!/usr/bin/env python3\nprint("(")\nif True:\n  pass\n'))).toEqual([]);
  });
});
