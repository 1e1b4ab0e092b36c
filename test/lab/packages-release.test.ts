/** Tests with real dnf which release of the OS an image's packages are of: versioned repositories and point releases. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { call } from './support/lab-run.ts';
import { noLab, openLab, type Lab } from './support/lab.ts';
import { bakeIn, failedRows, inputsOf, outputOf, scriptsOf, type Script } from './support/site-packages.ts';

const lacking = await noLab();
let lab: Lab;
beforeAll(async () => {
  if (lacking !== undefined) return;
  lab = await openLab();
  const packages = path.join(lab.own, 'made');
  for (const [name, version] of made) await build(packages, name, version);
  for (const [folder, offered] of Object.entries(repositories)) {
    await fs.mkdir(path.join(lab.own, folder), { recursive: true });
    for (const one of offered)
      await fs.copyFile(path.join(packages, 'noarch', one), path.join(lab.own, folder, one));
    await call('createrepo_c', ['--quiet', path.join(lab.own, folder)]);
  }
}, 600_000);
afterAll(async () => lab?.close());

const OLD = '2023.9.20251110';
const MIDDLE = '2023.9.20251117';
const NEW = '2023.10.20260105';
const made = [
  ['lab-plain', '1.5'],
  ['lab-plain', '1.6'],
  ['system-release', MIDDLE],
  ['system-release', NEW],
  ['rocky-release', '9.8'],
  ['redhat-release', '8.10'],
] as const;
const rpm = (name: string, version: string) => `${name}-${version}-1.noarch.rpm`;
const middle = [rpm('lab-plain', '1.5'), rpm('system-release', MIDDLE)];
const newest = [...middle, rpm('lab-plain', '1.6'), rpm('system-release', NEW)];
/** What each folder of the mirror offers; `$releasever` is the folder's last part. */
const repositories: Record<string, string[]> = {
  [`amzn/${OLD}`]: [],
  [`amzn/${MIDDLE}`]: middle,
  [`amzn/${NEW}`]: newest,
  'amzn/latest': newest,
  'rocky9/9': [rpm('lab-plain', '1.6'), rpm('rocky-release', '9.8')],
  'rocky9/9.7': [rpm('lab-plain', '1.5')],
  'rhel8/8': [rpm('lab-plain', '1.6'), rpm('redhat-release', '8.10')],
  'rhel8/8.9': [rpm('lab-plain', '1.5')],
};

async function build(out: string, name: string, version: string): Promise<void> {
  const top = path.join(out, 'top');
  const spec = path.join(top, `${name}-${version}.spec`);
  await fs.mkdir(top, { recursive: true });
  await fs.writeFile(
    spec,
    `Name: ${name}\nVersion: ${version}\nRelease: 1\nSummary: ${name}\nLicense: CC0\nBuildArch: noarch\n%description\nOf the lab.\n%files\n`,
  );
  await call('rpmbuild', [
    '-bb',
    '--quiet',
    '--define',
    `_topdir ${top}`,
    '--define',
    `_rpmdir ${out}`,
    spec,
  ]);
}

/** Points dnf at a folder of the mirror for each release. */
const repository = (folder: string): Script => ({
  name: 'repository',
  text: `sed -i -e 's,^baseurl=\\(.*\\)/rpm$,baseurl=\\1/own/${folder}/$releasever,' -e s/gpgcheck=1/gpgcheck=0/ /etc/yum.repos.d/lab.repo; cat /etc/yum.repos.d/lab.repo\n`,
});
const look: Script = { name: 'look', text: "rpm -qa --qf '%{NAME} %{VERSION}\\n'\n" };

async function run(os: string, folder: string, wish: Parameters<typeof inputsOf>[1]) {
  const results = await bakeIn(lab, os, [repository(folder), ...scriptsOf(inputsOf(os, wish)), look]);
  return {
    red: failedRows(results),
    notRun: results.filter(({ outcome }) => outcome === 'skipped'),
    have: outputOf(results, 'look'),
    output: (row: string) => outputOf(results, row),
  };
}

describe.skipIf(lacking !== undefined)('alinux2023', () => {
  test.each(['all', 'security'] as const)('`upgrade: %s` without a release is red', async (upgrade) => {
    const { red, have } = await run('alinux2023', 'amzn', { upgrade });
    expect(red).toContain('packages-upgrade');
    expect(have).not.toMatch(/lab-plain 1[.][56]/);
  });

  test.each([
    ['latest', '1.6', NEW],
    [NEW, '1.6', NEW],
    [MIDDLE, '1.5', MIDDLE],
  ])('release: %s moves the packages and the release package', async (release, version, is) => {
    const { red, notRun, have, output } = await run('alinux2023', 'amzn', { upgrade: 'all', release });
    expect([red, notRun], output('step packages-upgrade')).toEqual([[], []]);
    expect(have).toContain(`lab-plain ${version}\n`);
    expect(have).toContain(`system-release ${is}\n`);
  });

  test('a second bake from a baked image moves it on, although its dnf.conf holds the release', async () => {
    const to = (release: string) => scriptsOf(inputsOf('alinux2023', { upgrade: 'all', release }));
    const results = await bakeIn(lab, 'alinux2023', [repository('amzn'), ...to(MIDDLE), ...to(NEW), look]);
    expect(outputOf(results, 'look')).toContain(`system-release ${NEW}\n`);
    expect(failedRows(results), outputOf(results, 'step packages-upgrade')).toEqual([]);
  });

  test('an upgrade that leaves something behind is red', async () => {
    const scripts = scriptsOf(inputsOf('alinux2023', { upgrade: 'all', release: 'latest' })).map(
      ({ name, text }) => ({
        name,
        text: text.replace('--nobest upgrade\n', '--nobest upgrade lab-fixed\n'),
      }),
    );
    const results = await bakeIn(lab, 'alinux2023', [repository('amzn'), ...scripts]);
    expect(failedRows(results)).toEqual(['packages-upgrade']);
    expect(outputOf(results, 'row packages-upgrade')).toContain('lab-plain');
  });
});

describe.skipIf(lacking !== undefined).each([
  ['rocky9', '9.7', '9.8'],
  ['rhel8', '8.9', '8.10'],
])('%s', (os, minor, next) => {
  test('packages of a newer point release than the kernel are red, after an upgrade and after an install', async () => {
    const upgraded = await run(os, os, { upgrade: 'all' });
    expect(upgraded.red).toEqual(['packages-upgrade']);
    expect(upgraded.output('row packages-upgrade')).toContain(`the packages are of release ${next}`);
    expect(upgraded.have).toContain('lab-plain 1.6\n');
    const installed = await run(os, os, { install: [{ name: 'lab-plain' }] });
    expect(installed.red).toEqual(['packages-install']);
  });

  test('`mix: allow` allows it', async () => {
    const { red, notRun, output } = await run(os, os, { upgrade: 'all', mix: 'allow' });
    expect([red, notRun]).toEqual([[], []]);
    expect(output('row packages-upgrade')).toContain('allowed');
  });

  test('a pinned point release takes its packages only', async () => {
    const { red, notRun, have } = await run(os, os, { upgrade: 'all', release: minor });
    expect([red, notRun]).toEqual([[], []]);
    expect(have).toContain('lab-plain 1.5\n');
  });
});
