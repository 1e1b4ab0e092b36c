/** Tests the packages step with real package managers: it installs, removes and upgrades, and held packages stay. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { asset } from '../image/support/inputs.ts';
import {
  bakeIn,
  packageFile,
  inputsOf,
  notPassed,
  outputOf,
  failedRows,
  scriptsOf,
  type Script,
} from './support/site-packages.ts';
import { call } from './support/lab-run.ts';
import { noLab, openLab, type Lab } from './support/lab.ts';

const lacking = await noLab();
let lab: Lab;
beforeAll(async () => {
  if (lacking === undefined) lab = await openLab();
}, 600_000);
afterAll(async () => lab?.close());

const look = (command: string): Script => ({ name: 'look', text: `${command}\n` });
const query = {
  ubuntu2204: "dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}\\n'",
  rocky9: "rpm -qa --qf 'installed %{NAME} %{VERSION}-%{RELEASE}\\n'",
};

describe.skipIf(lacking !== undefined).each(['ubuntu2204', 'rocky9'] as const)('%s', (os) => {
  const full = inputsOf(os, {
    upgrade: 'all',
    install: [{ name: 'lab-hello' }],
    remove: ['lab-remove-me'],
    hold: ['lab-plain'],
  });

  test('installs with dependencies, removes, upgrades, and holds protected packages', async () => {
    const results = await bakeIn(lab, os, [...scriptsOf(full), look(query[os])]);
    expect(notPassed(results)).toEqual([]);
    const have = outputOf(results, 'look');
    for (const package_ of [
      'lab-hello 1.0-1',
      'lab-lib 1.0-1',
      'lab-fixed 1.1-1',
      'munge 1.0-1',
      'efa 1.0-1',
      'lab-plain 1.0-1',
    ])
      expect(have).toContain(`installed ${package_}\n`);
    expect(have).not.toContain('installed lab-remove-me ');
    expect(have).not.toContain('570.2');
  });

  test('a second run changes nothing and passes', async () => {
    const scripts = scriptsOf(full);
    const conf = look(
      'cat /etc/dnf/dnf.conf /etc/apt/preferences.d/bakery-hold /opt/bakery/packages.before; true',
    );
    const results = await bakeIn(lab, os, [...scripts, conf, ...scripts, { ...conf, name: 'again' }]);
    expect(notPassed(results)).toEqual([]);
    expect(outputOf(results, 'again')).toBe(outputOf(results, 'look'));
  });

  test('`upgrade: security` installs security fixes only', async () => {
    const results = await bakeIn(lab, os, [
      ...scriptsOf(inputsOf(os, { upgrade: 'security' })),
      look(query[os]),
    ]);
    expect(notPassed(results)).toEqual([]);
    const have = outputOf(results, 'look');
    expect(have).toContain('installed lab-fixed 1.1-1\n');
    expect(have).toContain('installed lab-plain 1.0-1\n');
    expect(have).not.toContain('570.2');
  });

  test('without the holds in its commands the upgrade changes the kernel, and rows fail', async () => {
    const open = scriptsOf(full).map(({ name, text }) => ({
      name,
      text: text
        .replace('--exclude="$excludes"', '--exclude=lab-none #')
        .replace('-o Dir::Etc::Preferences="$bake_work/preferences" "$@"', '"$@"')
        .replace(/--exclude=lab-none #.*/, '--exclude=lab-none "$@" < /dev/null'),
    }));
    const results = await bakeIn(lab, os, [...open, look(query[os])]);
    expect(outputOf(results, 'look')).toContain(os === 'rocky9' ? '570.2' : 'munge 1.1-1');
    expect(failedRows(results)).toContain('packages-protected');
    expect(outputOf(results, 'row packages-protected')).toMatch(/NEW .*(570[.]2|munge)/);
  });

  test('a kernel without the modules of the previous one makes its row fail', async () => {
    const kernel = look(
      'mkdir -p /lib/modules/9.9.9; : > /lib/modules/9.9.9/modules.dep; : > /boot/vmlinuz-9.9.9',
    );
    const rows = scriptsOf(inputsOf(os, {}));
    const before = rows.filter(({ name }) => name === 'step packages-before');
    const results = await bakeIn(lab, os, [
      ...before,
      kernel,
      ...rows.filter(({ name }) => name === 'row packages-kernel'),
    ]);
    expect(outputOf(results, 'row packages-kernel')).toContain('kernel 9.9.9 has no module lustre');
    expect(failedRows(results)).toEqual(['packages-kernel']);
  });

  test('kept holds stop a later manual upgrade; released holds do not', async () => {
    const upgrade = look(
      os === 'rocky9'
        ? `dnf -y upgrade munge; dnf -y upgrade kernel-core; dnf -y upgrade lab-fixed; ${query[os]}`
        : `apt-get update; apt-get -y dist-upgrade; apt-get -y install linux-image-aws; ${query[os]}`,
    );
    const kept = await bakeIn(lab, os, [...scriptsOf(inputsOf(os, {})), upgrade]);
    expect(notPassed(kept)).toEqual([]);
    expect(outputOf(kept, 'look')).toContain('installed munge 1.0-1\n');
    expect(outputOf(kept, 'look')).toContain('installed lab-fixed 1.1-1\n');
    expect(outputOf(kept, 'look')).not.toMatch(/installed .*570[.]2/);
    const released = await bakeIn(lab, os, [
      ...scriptsOf(inputsOf(os, { upgrade: 'all', holds: 'release' })),
      upgrade,
    ]);
    expect(notPassed(released)).toEqual([]);
    expect(outputOf(released, 'look')).toContain('installed munge 1.1-1\n');
    if (os === 'ubuntu2204') expect(outputOf(released, 'look')).toMatch(/installed .*570[.]2/);
  });

  test('a released hold makes its row fail', async () => {
    const scripts = scriptsOf(inputsOf(os, {}));
    const release = look(os === 'rocky9' ? "sed -i 's/munge//' /etc/dnf/dnf.conf" : 'apt-mark unhold munge');
    const rows = scripts.filter(({ name }) => name.startsWith('row '));
    const results = await bakeIn(lab, os, [
      ...scripts.filter((one) => !rows.includes(one)),
      release,
      ...rows,
    ]);
    expect(failedRows(results)).toEqual(['packages-hold']);
    expect(outputOf(results, 'row packages-hold')).toContain('NOT HELD munge');
  });

  test('a package that no repository has makes the step and its row fail', async () => {
    const results = await bakeIn(
      lab,
      os,
      scriptsOf(inputsOf(os, { install: [{ name: 'no-such-package' }] })),
    );
    expect(notPassed(results).map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'step packages-install failed',
      'row packages-install failed',
    ]);
  });

  test('an unreadable source makes the step fail', async () => {
    const broken = look(
      os === 'rocky9'
        ? 'sed -i s,/rpm,/none, /etc/yum.repos.d/lab.repo'
        : 'echo "deb [signed-by=/etc/lab.asc] https://mirror.corp.example/none jammy main" >> /etc/apt/sources.list',
    );
    const results = await bakeIn(lab, os, [broken, ...scriptsOf(inputsOf(os, { upgrade: 'all' }))]);
    expect(notPassed(results).map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'step packages-upgrade failed',
      'row packages-upgrade failed',
    ]);
  });

  test('a package file from an asset is installed, with its dependencies from the mirror', async () => {
    const file = await packageFile(os === 'rocky9' ? 'rpm' : 'deb', 'lab-hello');
    const place = `/opt/site/hello.${os === 'rocky9' ? 'rpm' : 'deb'}`;
    const inputs = inputsOf(os, { install: [{ asset: 'hello', path: place }] }, [
      asset('hello', place, file, '0644'),
    ]);
    const results = await bakeIn(lab, os, [...scriptsOf(inputs), look('lab-hello')]);
    expect(notPassed(results)).toEqual([]);
    expect(outputOf(results, 'look')).toBe('hello 1.0\n');
    expect(outputOf(results, 'row packages-install')).toContain('ok      lab-hello');
  });

  test('the removal of a dependency of a protected package is refused, and nothing is removed', async () => {
    // The test adds lab-hello to the protected packages; lab-lib is its dependency.
    const inputs = inputsOf(os, { install: [{ name: 'lab-hello' }], remove: ['lab-lib'] });
    const scripts = scriptsOf(inputs).map(({ name, text }) => ({
      name,
      text: text
        .replaceAll("'^(kernel", "'^(lab-hello|kernel")
        .replaceAll("'^(linux-aws", "'^(lab-hello|linux-aws"),
    }));
    const results = await bakeIn(lab, os, [...scripts, look(query[os])]);
    expect(outputOf(results, 'look')).toContain('installed lab-lib 1.0-1');
    expect(results.find(({ name }) => name === 'step packages-remove')?.outcome).toBe('failed');
  });
});

describe.skipIf(lacking !== undefined)('dnf.conf', () => {
  test.each([
    [
      'with lines after a repository section, as after a first boot, keeps its holds',
      '[main]\ngpgcheck=1\n\n[other]\nname=x\nbaseurl=file:///none\nenabled=0\nproxy=\n',
    ],
    ['with its own excludes, over two lines, keeps them', '[main]\nexclude=site-a,\n  site-b\ngpgcheck=1\n'],
    ['with excludepkgs after exclude keeps both', '[main]\nexclude=site-a\nexcludepkgs = site-b\n'],
    ['without [main] gets its holds', '# nothing\n'],
    ['without a final newline gets its holds', '[main]\ngpgcheck=1'],
  ])('%s', async (_, text) => {
    const inputs = scriptsOf(inputsOf('rocky9', {}));
    const write = look(`printf %s '${text}' > /etc/dnf/dnf.conf`);
    const read = {
      name: 'read',
      text: 'cat /etc/dnf/dnf.conf; dnf -q config-manager --dump | grep -A9 ^exclude',
    };
    const results = await bakeIn(lab, 'rocky9', [write, ...inputs, read]);
    expect(notPassed(results)).toEqual([]);
    for (const name of text.match(/site-b/g) ?? [])
      expect(outputOf(results, 'read').split('exclude').at(-1)).toContain(name);
    // ParallelCluster's user data appends this line; [main] keeps its holds.
    const boot = look('printf "proxy=\\n" >> /etc/dnf/dnf.conf');
    const rows = inputs.filter(({ name }) => name.startsWith('row '));
    expect(
      notPassed(await bakeIn(lab, 'rocky9', [write, ...inputs, { ...boot, name: 'boot' }, ...rows])),
    ).toEqual([]);
  });
});

describe.skipIf(lacking !== undefined)('alinux2, whose yum runs on no current system,', () => {
  test('has the holds in yum.conf, once, and scripts that need yum are skipped with that reason', async () => {
    const scripts = scriptsOf(inputsOf('alinux2', { upgrade: 'security', remove: ['lab-remove-me'] }));
    const results = await bakeIn(lab, 'alinux2', [...scripts, ...scripts, look('cat /etc/yum.conf')]);
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    const skipped = results.filter(({ outcome }) => outcome === 'skipped');
    expect(new Set(skipped.map(({ name, reason }) => `${name}: ${reason}`))).toEqual(
      new Set([
        'step packages-upgrade: yum is not on this machine',
        'step packages-remove: yum is not on this machine',
        'row packages-upgrade: step packages-upgrade was skipped',
        'row packages-remove: step packages-remove was skipped',
        'row packages-hold: yum-config-manager is not on this machine',
      ]),
    );
    expect(outputOf(results, 'look').match(/^exclude.*$/gm)).toEqual([
      expect.stringMatching(/kernel[*] .*system-release[*].* munge( |$)/),
    ]);
    expect(outputOf(results, 'look').match(/munge/g)).toHaveLength(1);
  });
});

describe.skipIf(lacking !== undefined)('without errata', () => {
  test('`upgrade: security` is refused with dnf, which would silently do nothing', async () => {
    const folder = path.join(lab.own, 'plain');
    await fs.mkdir(folder);
    await fs.writeFile(path.join(folder, 'hello.rpm'), await packageFile('rpm', 'lab-hello'));
    await call('createrepo_c', ['--quiet', folder]);
    const plain = look('sed -i s,/rpm$,/own/plain, /etc/yum.repos.d/lab.repo');
    const results = await bakeIn(lab, 'rocky9', [
      plain,
      ...scriptsOf(inputsOf('rocky9', { upgrade: 'security' })),
    ]);
    expect(outputOf(results, 'step packages-upgrade')).toContain('no repository carries errata');
    expect(failedRows(results)).toContain('packages-upgrade');
  });

  test('`upgrade: security` is refused with apt', async () => {
    const plain = look('sed -i /-security/d /etc/apt/sources.list');
    const results = await bakeIn(lab, 'ubuntu2204', [
      plain,
      ...scriptsOf(inputsOf('ubuntu2204', { upgrade: 'security' })),
    ]);
    expect(outputOf(results, 'step packages-upgrade')).toContain('no package source is a -security suite');
    expect(failedRows(results)).toContain('packages-upgrade');
  });
});

describe.skipIf(lacking !== undefined)("a vendor's installer", () => {
  const script = (body: string) => Buffer.from(`#!/bin/bash\n${body}\n`);
  const run = async (body: string, more: { answers?: string; arguments?: string[] } = {}, after = '') => {
    const inputs = inputsOf(
      'ubuntu2204',
      {
        install: [
          {
            installer: 'vendor',
            path: '/opt/site/vendor.sh',
            arguments: more.arguments ?? [],
            answers: more.answers,
            creates: '/opt/vendor/bin',
          },
        ],
        holds: 'release',
      },
      [asset('vendor', '/opt/site/vendor.sh', script(body), '0755')],
    );
    const scripts = scriptsOf(inputs);
    const steps = scripts.filter(({ name }) => name.startsWith('step '));
    const rows = scripts.filter(({ name }) => name.startsWith('row '));
    return bakeIn(lab, 'ubuntu2204', [
      ...steps,
      ...(after === '' ? [] : [look(after), ...steps]),
      ...rows,
      { name: 'end', text: 'ls -A /opt/bakery; cat /opt/vendor/log' },
    ]);
  };

  test('gets its arguments and its answer file with mode 600, and the file is deleted', async () => {
    const results = await run(
      'mkdir -p /opt/vendor/bin; { printf "<%s>" "$@"; stat -c " %a" "${1#--file=}"; cat "${1#--file=}"; } >> /opt/vendor/log',
      {
        answers: 'ACCEPT=yes\n$HOME "x"\n',
        arguments: ['--file={answers}', '--name=a b', '$(touch /pwned)', '{answers}{answers}'],
      },
    );
    expect(notPassed(results)).toEqual([]);
    expect(outputOf(results, 'end')).toMatch(
      /<--file=(\/opt\/bakery\/.work.\w+\/answers)><--name=a b><[$][(]touch [/]pwned[)]><\1\1> 600\nACCEPT=yes\n[$]HOME "x"\n/,
    );
    expect(outputOf(results, 'end')).not.toMatch(/^[.]work/m);
  });

  test('does not run again if the path that it creates exists', async () => {
    const results = await run('mkdir -p /opt/vendor/bin; echo ran >> /opt/vendor/log', {}, 'true');
    expect(notPassed(results)).toEqual([]);
    expect(outputOf(results, 'end').match(/ran/g)).toHaveLength(1);
  });

  test.each([
    [
      'that fails',
      'mkdir -p /opt/vendor; echo "$1" > /opt/vendor/log; exit 3',
      'the installer exited with 3',
    ],
    [
      'that exits with 0 but did not work',
      'mkdir -p /opt/vendor; echo "$1" > /opt/vendor/log',
      'exited with 0, but /opt/vendor/bin does not exist',
    ],
  ])('%s makes its step fail, and its answer file is deleted', async (_, body, message) => {
    const results = await run(body, { answers: 'secret', arguments: ['{answers}'] });
    expect(outputOf(results, 'step packages-installer-vendor')).toContain(message);
    expect(failedRows(results)).toEqual(['packages-installer-vendor']);
    expect(outputOf(results, 'end')).not.toContain('answers\n.work');
    expect(outputOf(results, 'end').split('\n')).not.toContainEqual(expect.stringMatching(/^[.]work/));
  });
});
