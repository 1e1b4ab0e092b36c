/** Tests the packages step without a package manager: what a recipe may ask for, and which packages are held. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { ImageInputs, PackagesInputs } from '../../../src/image/inputs.ts';
import { globsExpression, matching, protections } from '../../../src/image/packages/protected.ts';
import { imageParts } from '../../../src/image/parts.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { verifyRows } from '../../../src/image/verify.ts';
import { bakeable } from '../../../src/os/index.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { asset, fullInputs, hostile } from '../support/inputs.ts';
import { syntaxError } from '../support/sandboxed.ts';

const templates = packagedTemplates();
const noWish: PackagesInputs = { install: [], remove: [], upgrade: 'none', hold: [], holds: 'keep' };

function inputsOf(
  os: string,
  wish: Partial<PackagesInputs>,
  assets: ImageInputs['assets'] = [],
): ImageInputs {
  return { ...fullInputs(os), recipe: [{ packages: { ...noWish, ...wish } }], assets };
}

const ids = (inputs: ImageInputs) =>
  imageSteps(imageParts(inputs), templates)
    .map(({ id }) => id)
    .filter((id) => id.startsWith('packages'));

describe('checkPackages refuses, with all errors at once,', () => {
  test.each(['kernel-core', 'munge', 'efa-profile', 'cloud-init', 'rocky-release', 'nvidia-driver'])(
    'removing %s',
    (name) => {
      expect(() => imageSteps(imageParts(inputsOf('rocky9', { remove: [name] })), templates)).toThrow(
        new RegExp(`packages.remove: expected .*it needs .*found ${name}`),
      );
    },
  );

  test.each(['kernel-devel', 'kmod-lustre-client'])('installing another %s', (name) => {
    expect(() => imageSteps(imageParts(inputsOf('rocky9', { install: [{ name }] })), templates)).toThrow(
      /kernel/,
    );
  });

  test('a protected name with a version', () => {
    expect(() =>
      imageSteps(imageParts(inputsOf('ubuntu2204', { remove: ['munge:amd64'] })), templates),
    ).toThrow(/munge/);
    expect(() =>
      imageSteps(imageParts(inputsOf('ubuntu2204', { install: [{ name: 'linux-aws=6.8.0' }] })), templates),
    ).toThrow(/linux-aws/);
  });

  test.each([
    ['rocky9', '8.10', 'all', /a release of rocky9: 9.6/],
    ['rhel8', '2023.9.20251110', 'all', /a release of rhel8: 8.10/],
    ['alinux2023', '2023.9', 'security', /latest or 2023/],
    ['alinux2023', 'latest', 'none', /upgrade: security or all beside release/],
    ['ubuntu2204', '22.04', 'all', /no releases to choose from/],
    ['alinux2', '2', 'all', /no releases to choose from/],
  ] as const)('on %s the release %s with upgrade %s', (os, release, upgrade, reason) => {
    expect(() => imageSteps(imageParts(inputsOf(os, { release, upgrade })), templates)).toThrow(reason);
  });

  test.each([
    ['alinux2023', undefined, 'packages: upgrade, all, to no named release'],
    ['alinux2023', '2023.9.20251110', 'packages: upgrade, all, to release 2023.9.20251110'],
    ['rocky8', '8.10', 'packages: upgrade, all, within release 8.10'],
    ['ubuntu2204', 'latest', 'packages: upgrade, all'],
  ])('nothing on %s with release %s, and the title of the step names it', (os, release, title) => {
    const steps = imageSteps(imageParts(inputsOf(os, { release, upgrade: 'all' })), templates);
    expect(steps.find(({ id }) => id === 'packages-upgrade')?.title).toBe(title);
  });

  test('a package file of the other family', () => {
    const install = [{ asset: 'tool', path: '/opt/site/tool.deb' }];
    expect(() => imageSteps(imageParts(inputsOf('rocky9', { install })), templates)).toThrow(
      /ends in [.]rpm/,
    );
    expect(ids(inputsOf('ubuntu2204', { install }))).toContain('packages-install');
  });

  test('an installer that cannot be executed', () => {
    const install = [{ installer: 'x', path: '/opt/x', arguments: [], creates: '/opt/y' }];
    const assets = [asset('x', '/opt/x', Buffer.from('x'), '0644')];
    expect(() => imageSteps(imageParts(inputsOf('rocky9', { install }, assets)), templates)).toThrow(
      /mode such as 0755/,
    );
  });

  test('all of these together', () => {
    const wish = { remove: ['kernel', 'munge'], install: [{ name: 'kernel' }] };
    expect(() => imageSteps(imageParts(inputsOf('alinux2', wish)), templates)).toThrow(
      /kernel[^]*munge[^]*kernel/,
    );
  });
});

test('packages that people commonly install and remove are accepted', () => {
  const install = ['nvidia-container-toolkit', 'htop', 'libfoo', 'cudnn'].map((name) => ({ name }));
  for (const os of bakeable) {
    const wish = { install, remove: ['games', 'rpcbind', 'nice-dcv-server'], upgrade: 'all' as const };
    expect(ids(inputsOf(os, wish))).toEqual(
      ['before', 'upgrade', 'install', 'remove', 'hold'].map((name) => `packages-${name}`),
    );
  }
});

test('`holds: release` has no hold step, and an empty packages step still holds', () => {
  expect(ids(inputsOf('rocky9', { holds: 'release' }))).toEqual(['packages-before']);
  expect(ids(inputsOf('rocky9', {}))).toEqual(['packages-before', 'packages-hold']);
});

test('two packages steps have separate steps and rows', () => {
  const step = { packages: { ...noWish, install: [{ name: 'a' }] } };
  const inputs = { ...inputsOf('rocky9', {}), recipe: [step, step] };
  expect(ids(inputs)).toEqual(
    ['packages', 'packages-2'].flatMap((id) => ['before', 'install', 'hold'].map((name) => `${id}-${name}`)),
  );
  const rows = verifyRows(imageParts(inputs), templates).map(({ id }) => id);
  expect(rows).toContain('packages-2-install');
});

describe('globs', () => {
  const cases: [string, string, boolean][] = [
    ['kernel*', 'kernel', true],
    ['kernel*', 'kernel-core', true],
    ['kernel*', 'mykernel', false],
    ['nvidia-[!c]*', 'nvidia-driver', true],
    ['nvidia-[!c]*', 'nvidia-container-toolkit', false],
    ['libstdc++?', 'libstdc++6', true],
    ['libstdc++?', 'libstdccc6', false],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
    ['a|b$', 'b', false],
  ];
  test.each(cases)('%s matches %s: %s, in JavaScript and in awk', (glob, name, fits) => {
    expect(matching([glob], name) !== undefined).toBe(fits);
    const program = `$0 ~ globs { print "fits" }`;
    const { stdout } = spawnSync('awk', ['-v', `globs=${globsExpression([glob, 'x'])}`, program], {
      input: `${name}\n`,
      encoding: 'utf8',
    });
    expect(stdout === 'fits\n').toBe(fits);
  });

  test.each(['rhel', 'debian'] as const)('%s: DCV and container tools are not held', (family) => {
    const { fixed, installed, needed } = protections[family];
    // ParallelCluster installs dcv-gl from a file when it creates a cluster (aws/aws-parallelcluster PR #7161).
    for (const name of ['nice-dcv-gl', 'nice-dcv-server', 'nvidia-container-toolkit', 'libnvidia-container1'])
      expect(matching([...fixed, ...installed, ...needed], name)).toBeUndefined();
  });
});

test.each(hostile)('hostile text in an installer is not executed: %j', (text) => {
  const plain = text.replaceAll('\0', '');
  const install = [
    {
      installer: 'x',
      path: `/opt/${plain}`,
      arguments: [plain, `a{answers}${plain}`],
      answers: plain,
      creates: `/opt/${plain}/y`,
    },
  ];
  for (const { script } of [
    ...imageSteps(imageParts(inputsOf('ubuntu2204', { install })), templates),
    ...verifyRows(imageParts(inputsOf('ubuntu2204', { install })), templates),
  ])
    expect(syntaxError(script)).toBe('');
});
