/** Tests how bake chooses the release, architecture, OS and Region of a template, and the name of the cluster. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { choose, chooseArch, chooseOs, chooseRegion } from '../../src/template/choose.ts';
import { clusterNames, nameOfFile } from '../../src/template/names.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { makeTarget, type Target } from '../../src/os/target.ts';
import type { ImageFamily } from '../../src/os/family.ts';

function target(os: string, parallelcluster?: string, arch = 'x86_64', regions = ['eu-west-1']): Target {
  const made = makeTarget({ os, arch, parallelcluster, regions, base: 'ami-00000000' });
  if ('errors' in made) throw new Error(made.errors.map(({ message }) => message).join());
  return made.target;
}

const family = (parallelcluster: string, more: Partial<ImageFamily> = {}): ImageFamily => ({
  os: 'alinux2',
  arch: 'x86_64',
  parallelcluster,
  ...more,
});

function said(make: () => unknown): string {
  try {
    return JSON.stringify(make());
  } catch (error) {
    return errorsOf(error)
      .map(({ code, message }) => `${code} ${message}`)
      .join('; ');
  }
}

describe('the architecture', () => {
  test.each([
    [{}, ['c6g.large', 'm7gd.xlarge'], '"arm64"'],
    [{}, ['c6g.large', 'c5.large'], undefined],
    [{}, [], undefined],
    [{ arch: 'arm64' }, ['c6g.large', 'c5.large'], undefined],
    [
      { arch: 'arm64' },
      ['c5.large'],
      'USAGE --arch: expected x86_64 as the instance types in the config (c5.large), found arm64',
    ],
  ])('is that of all instance types, which %j cannot contradict: %j', (options, instanceTypes, expected) => {
    expect(said(() => chooseArch(options, { instanceTypes }))).toBe(expected);
  });

  test('of the instance types has precedence over that of the targets, but not over that of the images', () => {
    const place = { os: 'alinux2', region: 'us-east-1', arch: 'arm64' };
    expect(choose({}, place, [], [target('alinux2')])).toMatchObject({ arch: 'arm64' });
    expect(choose({}, place, [family('3.15.1')], [])).toMatchObject({ arch: 'x86_64' });
  });
});

describe('the release', () => {
  const place = { os: 'alinux2', region: 'us-east-1' };
  const targets = [target('alinux2', '3.14.0'), target('alinux2', '3.15.1'), target('alinux2023')];

  test('is the one of the command line', () => {
    const chosen = choose({ parallelcluster: '3.13.2', arch: 'arm64' }, place, [family('3.15.1')], targets);
    expect(chosen).toEqual({ ...place, parallelcluster: '3.13.2', arch: 'arm64' });
  });

  test('is otherwise that of the images in the config, without official ones and other OSes', () => {
    const families = [
      family('3.14.0'),
      family('3.9.0', { official: true }),
      family('3.8.0', { os: 'rhel8' }),
    ];
    expect(choose({}, place, families, targets)).toMatchObject({ parallelcluster: '3.14.0' });
  });

  test('is otherwise that of the newest target of the OS, or the last release with that OS', () => {
    expect(choose({}, place, [], targets)).toMatchObject({ parallelcluster: '3.15.1', arch: 'x86_64' });
    expect(choose({}, place, [], [target('alinux2023')])).toMatchObject({ parallelcluster: '3.15.1' });
    expect(choose({}, { ...place, os: 'rocky9' }, [], [])).toMatchObject({ parallelcluster: '3.16.3' });
  });

  test('must be named if a config contains images of two releases', () => {
    expect(said(() => choose({}, place, [family('3.14.0'), family('3.15.1')], targets))).toMatch(
      /^USAGE .*alinux2\/x86_64\/3\.14\.0, alinux2\/x86_64\/3\.15\.1.*--parallelcluster/,
    );
  });

  test.each([
    [{ parallelcluster: '3.16.1' }, place, 'VERSION_WITHOUT_OS'],
    [{ parallelcluster: '3.15.7' }, place, 'VERSION_UNKNOWN'],
    [{}, { ...place, region: 'eu-south-2' }, 'REGION_UNKNOWN'],
    [{}, { ...place, os: 'rocky9', region: 'eu-south-2' }, 'REGION_UNKNOWN'],
    [{ arch: 'sparc' }, place, 'ARCH_UNKNOWN'],
    [{}, { ...place, os: 'centos7' }, 'OS_LEGACY'],
  ])('that does not exist is refused: %j %j', (options, where, code) => {
    expect(said(() => choose(options, where, [], []))).toContain(code);
  });
});

describe('OS and Region', () => {
  test('are those of the config, and the command line must not contradict them', () => {
    expect(chooseOs({}, { os: 'alinux2' })).toBe('alinux2');
    expect(said(() => chooseOs({ os: 'rhel9' }, { os: 'alinux2' }))).toMatch(/^USAGE --os: expected alinux2/);
    expect(said(() => chooseOs({}, {}))).toMatch(/^USAGE .*--os/);
    expect(chooseRegion({}, { region: 'us-west-2' }, [])).toBe('us-west-2');
    expect(chooseRegion({ region: 'eu-west-1' }, {}, [])).toBe('eu-west-1');
    expect(chooseRegion({}, {}, [target('alinux2')])).toBe('eu-west-1');
    expect(said(() => chooseRegion({ region: 'eu-west-1' }, { region: 'us-west-2' }, []))).toMatch(
      /^USAGE --region: expected us-west-2/,
    );
  });
});

describe('the name of a cluster', () => {
  test.each([
    ['clusters/prod.yaml', 'prod'],
    ['prod eu_1.cluster.yaml', 'prod-eu-1-cluster'],
    ['2026-hpc', 'hpc'],
    ['---.yaml', 'cluster'],
    [`${'x'.repeat(99)}.yaml`, 'x'.repeat(60)],
  ])('comes from the name of the file: %s → %s', (file, name) => expect(nameOfFile(file)).toBe(name));

  test('comes from the first pattern of rotate.clusters that matches', async () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'bake-names-'));
    fs.mkdirSync(path.join(folder, 'clusters/eu'), { recursive: true });
    for (const file of ['clusters/prod.yaml', 'clusters/eu/prod.yaml'])
      fs.writeFileSync(path.join(folder, file), '');
    const nameOf = await clusterNames(folder, {
      'clusters/eu/*.yaml': 'eu-prod',
      'clusters/**/*.yaml': 'other',
      'gone.yaml': 'gone',
    });
    const names = ['clusters/eu/prod.yaml', 'clusters/prod.yaml', 'gone.yaml', 'x/test.yaml'];
    expect(names.map((file) => nameOf(path.join(folder, file)))).toEqual([
      'eu-prod',
      'other',
      'gone',
      'test',
    ]);
    fs.rmSync(folder, { recursive: true });
  });
});
