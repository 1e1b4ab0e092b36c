/** Tests the shipped recipes: names and paths, where their references lead, and that small configurations can use them. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { engines } from '../../src/engines/index.ts';
import { loadExpect, loadRecipe } from '../../src/config/load.ts';
import { isBareName, recipeName, shippedFile, shippedNames } from '../../src/config/shipped.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { bakeable, findOs } from '../../src/os/index.ts';
import { fingerprint } from '../../src/pipeline/fingerprint.ts';
import { loadProject, type Project } from '../../src/pipeline/project.ts';
import { packagePath } from '../../src/util/package-path.ts';
import { folderWith } from './folder.ts';

const recipes = shippedNames('recipe');

/** A bakery.yaml that names its targets and nothing else. */
const small = `version: 1\ntargets:\n${bakeable
  .map((os) => `  - { os: ${os}${findOs(os)?.official ? '' : ', base: ami-0123456789abcdef0'} }\n`)
  .join('')}`;

async function load(files: Record<string, string>, recipe?: string): Promise<Project> {
  const folder = await folderWith(files);
  const selection = { os: [], regions: [], recipe, rebake: false };
  return loadProject(join(folder, 'bakery.yaml'), selection, {}, new Date('2026-11-21T00:00:00Z'));
}

async function refusals(loading: Promise<unknown>): Promise<string[]> {
  const thrown: unknown = await loading.then(
    () => [],
    (error: unknown) => error,
  );
  return errorsOf(thrown).map(({ code, message, hint, place }) =>
    [code, place.line, place.column, message, hint].join(' '),
  );
}

function stepsOf({ jobs }: Project, os = 'rocky9'): string[] {
  const job = jobs.find(({ target }) => target.os.id === os);
  return job === undefined ? [] : imageSteps(imageParts(job.image), job.templates).map(({ id }) => id);
}

describe('a name', () => {
  test.each(['standard', 'a', 'my-recipe', 'my recipe'])('%j is bare', (name) =>
    expect(isBareName(name)).toBe(true),
  );
  test.each(['./standard', 'recipes/standard', 'standard.yaml', '/standard', '..', 'a.b', ''])(
    '%j is a path',
    (name) => expect(isBareName(name)).toBe(false),
  );

  test('stays bare for a shipped recipe, and no file of the user ever looks like one', () => {
    expect(recipeName('standard', '/project')).toBe('standard');
    expect(recipeName('./standard', '/project')).toBe('./standard');
    expect(recipeName('/project/standard', '/project')).toBe('./standard');
    expect(recipeName('/project/recipes/site.yaml', '/project')).toBe('recipes/site.yaml');
    expect(recipeName('../site.yaml', '/project')).toBe('../site.yaml');
  });
});

describe.each(recipes)('the shipped recipe %s', (name) => {
  test('follows the JSON Schema', () => {
    const check = new Ajv2020({ strict: false }).compile(jsonSchema('recipe', engines));
    check(parse(readFileSync(shippedFile('recipe', name), 'utf8')));
    expect(check.errors).toBeNull();
  });

  test('is baked for every OS by a bakery.yaml of targets only, without a warning', async () => {
    const { jobs, warnings } = await load({ 'bakery.yaml': small }, name);
    expect(warnings).toEqual([]);
    expect(jobs.map(({ recipe, target }) => [recipe, target.os.id])).toEqual(
      bakeable.map((os) => [name, os]),
    );
    for (const { image, templates } of jobs) {
      const ids = imageSteps(imageParts(image), templates).map(({ id }) => id);
      expect(ids.at(-1)).toBe('hygiene');
      expect(ids.filter((id) => /^(mirrors|trust|asset)/.test(id))).toEqual([]);
    }
  });

  test('is the same image from another folder, and as a copy beside bakery.yaml', async () => {
    const copy = readFileSync(shippedFile('recipe', name), 'utf8');
    const printOf = ({ jobs: [job] }: Project): string => {
      if (job === undefined) throw new Error('no job');
      const { image, templates, carried, target } = job;
      return fingerprint({
        baseImageId: 'ami-0123456789abcdef0',
        os: target.os.id,
        arch: target.arch,
        parallelcluster: target.parallelcluster,
        steps: imageSteps(imageParts(image), templates),
        rows: verifyRows(imageParts(image), templates),
        carried,
        builder: { kmsKey: undefined, volumeSize: undefined },
        period: 'never',
      });
    };
    const print = printOf(await load({ 'bakery.yaml': small }, name));
    expect(printOf(await load({ 'bakery.yaml': small, 'more.txt': '' }, name))).toBe(print);
    const own = { 'bakery.yaml': small, 'recipes/own.yaml': copy };
    expect(printOf(await load(own, 'recipes/own.yaml'))).toBe(print);
  });

  test('names nothing outside the shipped folder', async () => {
    const { value } = await loadRecipe(shippedFile('recipe', name));
    const files = value.expect.filter((item) => typeof item === 'string');
    expect(files.filter((file) => !isBareName(file))).toEqual([]);
    expect(value.steps.filter((step) => typeof step === 'object' && 'script' in step)).toEqual([]);
  });
});

test.each(shippedNames('expect'))('the shipped list %s gives every row an id', async (name) => {
  const { value } = await loadExpect(shippedFile('expect', name));
  expect(value.length).toBeGreaterThan(0);
  expect(value.filter(({ id }) => id === undefined)).toEqual([]);
});

test('the default recipe is standard', async () => {
  const { jobs } = await load({ 'bakery.yaml': small });
  expect(new Set(jobs.map(({ recipe }) => recipe))).toEqual(new Set(['standard']));
});

test('the steps of the shipped recipes are those their comments promise', async () => {
  const assets = 'version: 1\nassets: [{ name: a, file: a.txt, path: /opt/site/a, sha256: ';
  const digest = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
  const bakery = `${small}mirrors: { layout: nexus, url: "https://mirror.corp.example" }\nassets: assets.yaml\ntrust: { certificates: ["certs/*.pem"] }\n`;
  const files = { 'bakery.yaml': bakery, 'assets.yaml': `${assets}${digest} }]\n`, 'a.txt': 'a' };
  const folder = await folderWith(files);
  mkdirSync(join(folder, 'certs'));
  copyFileSync(packagePath('examples', 'certs', 'corp-root.pem'), join(folder, 'certs', 'root.pem'));
  const selection = (recipe: string) => ({ os: [], regions: [], recipe, rebake: false });
  const of = async (recipe: string): Promise<string[]> =>
    stepsOf(await loadProject(join(folder, 'bakery.yaml'), selection(recipe), {}, new Date('2027-01-01')));
  const [standard, minimal] = [await of('standard'), await of('minimal')];
  for (const id of ['mirrors', 'trust-anchors', 'asset-a', 'packages-upgrade', 'hygiene'])
    expect(standard).toContain(id);
  for (const id of ['mirrors', 'trust-anchors', 'hygiene']) expect(minimal).toContain(id);
  expect(minimal.filter((id) => /^(asset|packages)/.test(id))).toEqual([]);
});

describe('a bare name that is not shipped', () => {
  test('is refused where it stands, with the shipped names and the nearest', async () => {
    const text = `${small}defaults:\n  recipe: standart\n`;
    const [found, ...more] = await refusals(load({ 'bakery.yaml': text, standart: 'steps: [hygiene]\n' }));
    expect(more).toEqual([]);
    const line = text.split('\n').findIndex((one) => one.includes('standart')) + 1;
    expect(found).toBe(
      `SHIPPED_UNKNOWN ${line} 11 recipe: bake ships no recipe named standart; it ships ${recipes.join(', ')} did you mean standard? a file of your own is written with its folder or its extension, such as ./standart or recipes/standart.yaml`,
    );
  });

  test('can be a file of the user where it is written as a path', async () => {
    const files = { 'bakery.yaml': small, site: 'steps: [hygiene]\n' };
    const folder = await folderWith(files);
    const selection = { os: [], regions: [], recipe: './site', rebake: false };
    const { jobs } = await loadProject(join(folder, 'bakery.yaml'), selection, {}, new Date());
    expect(jobs[0]?.recipe).toBe('./site');
  });

  test('is refused as a list of expectations, too', async () => {
    const recipe = 'steps: [hygiene]\nexpect: [closed-networks, close-network]\n';
    const found = await refusals(load({ 'bakery.yaml': small, 'r.yaml': recipe }, 'r.yaml'));
    expect(found).toEqual([
      expect.stringMatching(
        /^SHIPPED_UNKNOWN 2 10 expect: .*it ships closed-network did you mean closed-network\?/,
      ),
      expect.stringMatching(/^SHIPPED_UNKNOWN 2 27 /),
    ]);
  });
});

test('the expectations of a recipe of the user are found from the folder of bakery.yaml, shipped ones by name', async () => {
  const files = {
    'bakery.yaml': small,
    'recipes/site.yaml': 'steps: [hygiene]\nexpect: [checks/site.yaml, closed-network]\n',
    'checks/site.yaml': '[{ id: site, command: "true", because: it is }]\n',
  };
  const { jobs } = await load(files, 'recipes/site.yaml');
  const ids = jobs[0]?.image.expect.map(({ id }) => id) ?? [];
  expect(ids[0]).toBe('site');
  expect(ids).toContain('time-source');
});

test('what bakery.yaml has and a shipped recipe does not use is a warning that names the recipe', async () => {
  const files = { 'bakery.yaml': `${small}assets: assets.yaml\n`, 'assets.yaml': 'version: 1\nassets: []\n' };
  expect((await load(files, 'minimal')).warnings.map(({ text }) => text)).toEqual([
    'assets is set, but the recipe minimal has no step assets: the image contains none of them',
  ]);
});

test('shipped files lie inside the package', () => {
  expect(relative(packagePath(), shippedFile('recipe', 'standard'))).toBe(join('recipes', 'standard.yaml'));
  expect(relative(packagePath(), shippedFile('expect', 'closed-network'))).toBe(
    join('recipes', 'expect', 'closed-network.yaml'),
  );
});
