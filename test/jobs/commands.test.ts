/** Tests the commands around the main job: images, rotate, render, rehearse, sandbox. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readParameters } from '../../src/aws/parameters.ts';
import { openSession } from '../../src/aws/session.ts';
import { anyone } from '../support/account.ts';
import { bake, bakeBin, plainEnvironment } from '../support/bake.ts';
import { exampleProject, readExample } from '../support/project.ts';

let folder: string;
beforeAll(() => {
  folder = exampleProject();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function json(args: string[], exit = 0): Promise<Record<string, unknown[]>> {
  const ran = await bake([...args, '--sandbox', '--json'], { cwd: folder });
  expect(ran.exitCode, ran.stderr).toBe(exit);
  expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(ran.stdout) as Record<string, unknown[]>;
}

describe('bake images', () => {
  it('lists official and baked images with age, channel and state', async () => {
    const { images } = await json(['images', '--os', 'alinux2']);
    expect(images).toHaveLength(2);
    expect(images?.map((image) => (image as { kind: string }).kind).sort()).toEqual(['baked', 'official']);
    for (const image of images ?? []) {
      expect(Object.keys(image as object)).toEqual(
        expect.arrayContaining([
          'os', 'arch', 'region', 'parallelcluster', 'engine', 'baseImageId', 'imageId', 'name', 'fingerprint', 'outcome',
          'verify', 'createdAt', 'channel', 'state',
        ]), // prettier-ignore
      );
    }
    expect(images).toContainEqual(
      expect.objectContaining({
        kind: 'baked',
        imageId: 'ami-00909c2f462ff8e3b',
        channel: 'stable',
        state: 'available',
      }),
    );
  });

  it('distinguishes images that bake made from base images that pcluster built', async () => {
    const { images } = await json(['images', '--os', 'rocky9']);
    const kinds = images?.map((image) => (image as { kind: string }).kind).sort();
    expect(kinds).toEqual(['baked', 'own']);
  });

  it('finds both equal candidates of 3.11.1, and deprecated images of old releases', async () => {
    const twins = await json(['images', '--os', 'alinux2', '--parallelcluster', '3.11.1', '--official']);
    expect(twins['images']).toHaveLength(2);
    const old = await json(['images', '--os', 'alinux2', '--parallelcluster', '3.1.4', '--official']);
    expect(old['images']).toMatchObject([{ state: 'deprecated' }]);
  });
});

describe('bake rotate', () => {
  it('moves nothing if the configs are current, and reports no root image', async () => {
    expect(await json(['rotate', '--check'])).toEqual({ rotated: [], unresolved: [], updates: [] });
  });

  it('exits with 1 for a stale reference with --check and writes nothing; without --check it moves the reference', async () => {
    const file = path.join(folder, 'clusters/prod.yaml');
    const stale = readExample('clusters/prod.yaml').replaceAll(
      'ami-00909c2f462ff8e3b',
      'ami-012c8365b535ed6bb',
    );
    fs.writeFileSync(file, stale);
    const checked = await json(['rotate', '--check'], 1);
    expect(checked['rotated']).toHaveLength(2);
    expect(checked['unresolved']).toMatchObject([
      { path: 'Image.CustomAmi', found: 'ami-012c8365b535ed6bb' },
    ]);
    expect(fs.readFileSync(file, 'utf8')).toBe(stale);
    await json(['rotate']);
    expect(fs.readFileSync(file, 'utf8').match(/ami-00909c2f462ff8e3b/g)).toHaveLength(2);
    await json(['rotate', '--check'], 1);
    await json(['rotate', '--check', '--allow-unresolved']);
    await json(['rotate', '--include-root']);
    // The comment and everything else are unchanged.
    expect(fs.readFileSync(file, 'utf8')).toBe(readExample('clusters/prod.yaml'));
  });
});

describe('bake plan', () => {
  it('names the run that it previews, with the same options', async () => {
    const project = exampleProject();
    const given = ['--region', 'eu-west-1', '--engine', 'imagebuilder', '--rebake'];
    const ran = await bake(['plan', '--os', 'alinux2', ...given, '--state', 'my state', '--sandbox'], {
      cwd: project,
    });
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(ran.stdout).toContain(
      "bake --os alinux2 --region eu-west-1 --engine imagebuilder --rebake --sandbox --state 'my state'",
    );
    fs.rmSync(project, { recursive: true });
  });
});

describe('bake render', () => {
  it.each(['imagebuilder', 'packer'])(
    'writes the files of engine %s and every script, to read',
    async (engine) => {
      const out = `out-${engine}`;
      const { files } = await json(['render', '--os', 'ubuntu2204', '--engine', engine, '--out', out]);
      const names = (files as { file: string }[]).map(({ file }) => file);
      expect(names.some((name) => /steps\/01-.*\.sh$/.test(name))).toBe(true);
      expect(
        names.some((name) => (engine === 'packer' ? /\.pkr\.hcl$/ : /imagebuilder\/.*\.yaml$/).test(name)),
      ).toBe(true);
      for (const name of names) expect(fs.statSync(path.join(folder, name)).size).toBeGreaterThan(0);
      const component = names.find((name) => /imagebuilder\/.*\.yaml$/.test(name));
      if (component)
        expect(parse(fs.readFileSync(path.join(folder, component), 'utf8'))).toHaveProperty('phases');
    },
  );
});

describe('bake rehearse', () => {
  it('runs every step and check without AWS, or says why not', async () => {
    const { rehearsed } = await json(['rehearse', '--os', 'ubuntu2204', '--arch', 'x86_64']);
    const [target] = rehearsed as {
      isolation: string;
      why: string | null;
      results: { outcome: string; reason?: string }[];
    }[];
    expect(target?.results.length).toBeGreaterThan(20);
    if (target?.isolation === 'none') {
      for (const result of target.results)
        expect(result).toMatchObject({
          outcome: 'skipped',
          reason: expect.stringContaining('not rehearsed') as string,
        });
    } else {
      expect(target?.results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(target?.results.some(({ outcome }) => outcome === 'passed')).toBe(true);
    }
  });
});

describe('bake sandbox', () => {
  it('prints one line of JSON, serves any client until it is stopped, and keeps the account', async () => {
    const args = [bakeBin(), 'sandbox', '--json', '--state', 'served', '--clock', '2026-12-24T12:00:00Z'];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const said = JSON.parse(line.toString()) as { endpoint: string; region: string; account: string };
    expect(said).toEqual({
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      region: 'us-east-1',
      account: '111122223333',
    });
    const aws = openSession({ env: {}, endpoint: said.endpoint, credentials: anyone });
    const name = '/hpc/ami/stable/alinux2/x86_64/3.15.1';
    expect((await readParameters(aws, said.region, [name])).get(name)).toBe('ami-00909c2f462ff8e3b');
    expect(aws.now().toISOString()).toMatch(/^2026-12-24T12:/);
    aws.close();
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(fs.existsSync(path.join(folder, 'served', 'state.json'))).toBe(true);
  });
});
