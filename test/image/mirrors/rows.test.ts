/** Tests what the mirrors part changes besides URLs, and that a row fails if the change is reverted. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mirrorsPart } from '../../../src/image/mirrors/mirrors.ts';
import { renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { mirrorsOf, rewrite, type Wish } from '../support/mirrored.ts';
import { newRoot, runIn } from '../support/sandboxed.ts';

const PROXY = 'http://proxy.corp.example:3128';
const proxied = (...repos: string[]): Wish => ({ proxy: { url: PROXY, tools: [], repos, noProxy: [] } });
const repo = 'etc/yum.repos.d/x.repo';
const list = 'etc/apt/sources.list';
const JAMMY = 'deb http://archive.ubuntu.com/ubuntu jammy main\n';

describe('a section of yum or dnf', () => {
  test.each([
    [
      'gets its proxy',
      'rocky9',
      '[epel]\nmetalink=https://x.example/m\n',
      proxied('epel'),
      `proxy=${PROXY}\n`,
    ],
    [
      'gets its proxy in place of another',
      'rocky9',
      '[epel]\nproxy=http://old.example:1\n http://x\nname=x\n',
      proxied('epel'),
      `[epel]\nproxy=${PROXY}\nname=x\nbaseurl=`,
    ],
    [
      'loses a proxy that bakery.yaml does not name',
      'rocky9',
      '[epel]\nproxy = http://old.example:1\n',
      {},
      '#proxy = http://old.example:1\n',
    ],
    ['keeps the word for no proxy', 'rocky9', '[epel]\nproxy=_none_\n', {}, '\nproxy=_none_\n'],
    [
      "does not ask RHUI's CA about the mirror",
      'rhel9',
      '[rhel-9-baseos-rhui-rpms]\nsslcacert=/etc/pki/rhui/x.crt\nsslclientkey=/k\nsslverify=0\nsslverify=1\n',
      {},
      '#sslcacert=/etc/pki/rhui/x.crt\n#sslclientkey=/k\n#sslverify=0\nsslverify=1\n',
    ],
    [
      'does not send its instance id to the mirror',
      'alinux2',
      '[amzn2-core]\nreport_instanceid=yes\npriority=10\n',
      {},
      'report_instanceid=no\npriority=10\n',
    ],
    [
      'of a topic that bakery.yaml does not name is on the mirror, enabled or disabled as before',
      'alinux2',
      '[amzn2extra-docker]\nenabled = 0\nmirrorlist=https://x.example/\n',
      {},
      '[amzn2extra-docker]\nenabled = 0\n#mirrorlist=https://x.example/\nbaseurl=https://mirror.corp.example/artifactory/amazonlinux2/extras/docker/$basearch/\n',
    ],
    [
      'of such a topic can be disabled by its id',
      'alinux2',
      '[amzn2extra-docker]\nenabled = 1\n',
      { repos: { 'amzn2extra-docker': { enabled: false } } },
      'enabled=0\n',
    ],
    [
      'contains no login',
      'rocky9',
      '[epel]\n#was https://me:pw@x.example/\npassword=pw\n pw\n',
      {},
      '#was https://x.example/\n',
    ],
  ] as [string, string, string, Wish, string][])('%s', (_, os, before, wish, expected) => {
    const { read } = rewrite(os, { [repo]: before }, wish);
    expect(read(repo)).toContain(expected);
    expect(read(repo)).not.toContain('pw\n');
  });

  test('downloads no key: it names the key file of the image if that exists', () => {
    const before = '[epel]\ngpgcheck=1\ngpgkey=https://x.example/pub/RPM-GPG-KEY-EPEL-9\n';
    const there = rewrite('rocky9', { [repo]: before, 'etc/pki/rpm-gpg/RPM-GPG-KEY-EPEL-9': 'KEY\n' });
    expect(there.read(repo)).toContain('\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-EPEL-9\n');
    const missing = rewrite('rocky9', { [repo]: before });
    expect(missing.read(repo)).toContain('\n#gpgkey=https://x.example/pub/RPM-GPG-KEY-EPEL-9\n');
    expect(missing.read(repo)).toContain('\ngpgcheck=1\n');
  });

  test('keeps the mode of its file even if the file is a link', () => {
    const { root, read } = rewrite('rocky9', { [repo]: '[epel]\n' });
    expect(runIn(root, `stat -c %a ${repo}`).output).toBe('644\n');
    const linked = newRoot({ 'etc/dnf/dnf.conf': '[main]\n[inline]\nbaseurl=http://x.example/\n' });
    runIn(linked, 'ln -s dnf/dnf.conf etc/yum.conf; chmod 600 etc/dnf/dnf.conf');
    for (const draft of mirrorsPart(mirrorsOf('rocky9')).steps)
      expect(runIn(linked, renderStep(draft, packagedTemplates()).script).status).toBe(0);
    expect(runIn(linked, "stat -c '%a %F' etc/dnf/dnf.conf etc/yum.conf").output).toBe(
      '600 regular file\n777 symbolic link\n',
    );
    expect(read(repo)).toContain('baseurl=https://mirror.corp.example/');
  });
});

test('apt gets a proxy for each host', () => {
  const elsewhere = 'https://other.corp.example/ubuntu';
  const wish = { ...proxied('ubuntu'), repos: { ubuntu: { path: elsewhere } } };
  const { read } = rewrite('ubuntu2204', { [list]: JAMMY }, wish);
  expect(
    read('etc/apt/apt.conf.d/99bakery-proxy')
      .split('\n')
      .filter((line) => line.includes('https')),
  ).toEqual([
    `Acquire::https::Proxy::other.corp.example "${PROXY}";`,
    'Acquire::https::Proxy::mirror.corp.example "DIRECT";',
  ]);
});

test('the step starts as many processes for three hundred files as for three', () => {
  const processes = (count: number) => {
    const files = Array.from({ length: count }, (_, index) => [
      `etc/yum.repos.d/${index}.repo`,
      `[r${index}]\nbaseurl=http://x.example/\n`,
    ]);
    const root = newRoot(Object.fromEntries(files) as Record<string, string>);
    const draft = mirrorsPart(mirrorsOf('rocky9')).steps.find(({ id }) => id === 'mirrors');
    const script = draft ? renderStep(draft, packagedTemplates()).script : '';
    const { output, status } = runIn(root, `set -x\n${script}`);
    expect(status).toBe(0);
    return output.match(
      /^\++ (awk|sed|cp|mv|rm|ln|cat|chmod|mkdir|mktemp|readlink|sha256sum|stat|sync|dirname|base64) /gm,
    )?.length;
  };
  expect(processes(3)).toBeGreaterThan(8);
  expect(processes(300)).toBe(processes(3));
});

describe('a row fails', () => {
  test.each([
    ['mirrors-credentials', 'rocky9', { [repo]: '[epel]\nname=x\n' }, repo, '#https://me:pw@x.example\n'],
    ['mirrors-credentials', 'rocky9', { [repo]: '[epel]\nname=x\n' }, repo, 'password = x\n'],
    [
      'mirrors-credentials',
      'ubuntu2204',
      { [list]: JAMMY },
      `opt/bakery/originals/${list}`,
      '# http://me:pw@x.example\n',
    ],
    [
      'mirrors-no-proxy',
      'rocky9',
      { 'etc/dnf/dnf.conf': '[main]\nproxy=\n' },
      'etc/dnf/dnf.conf',
      `proxy = ${PROXY}\n`,
    ],
    [
      'mirrors-no-proxy',
      'alinux2',
      { 'etc/yum.conf': '[main]\nproxy=_none_\n' },
      'etc/yum.conf',
      `proxy=${PROXY}\n`,
    ],
    [
      'mirrors-no-proxy',
      'ubuntu2204',
      {
        [list]: JAMMY,
        'etc/apt/apt.conf': 'Acquire::http::Proxy "false";\n// Acquire::http::Proxy "http://x";\n',
      },
      'etc/apt/apt.conf.d/50x',
      `Acquire::https::Proxy "${PROXY}";\n`,
    ],
    [
      'mirrors-plugin',
      'rhel9',
      { 'etc/dnf/plugins/amazon-id.conf': '[main]\n' },
      'etc/dnf/plugins/amazon-id.conf',
      'enabled = 1\n',
    ],
    [
      'mirrors-updates',
      'alinux2023',
      { [repo]: '[x]\n' },
      'etc/cloud/cloud.cfg.d/zzz.cfg',
      'repo_upgrade: security\n',
    ],
    [
      'mirrors-units',
      'ubuntu2204',
      { 'etc/default/motd-news': 'ENABLED=1\n' },
      'etc/default/motd-news',
      'ENABLED=1\n',
    ],
    [
      'mirrors-units',
      'ubuntu2204',
      { 'etc/update-manager/release-upgrades': '[DEFAULT]\nPrompt=lts\n' },
      'etc/update-manager/release-upgrades',
      'Prompt=lts\n',
    ],
  ] as [string, string, Record<string, string>, string, string][])(
    '%s of %s',
    (id, os, files, file, addition) => {
      const { root, row } = rewrite(os, files);
      expect(row(id)).toMatchObject({ outcome: 'passed' });
      writeFileSync(path.join(root, file), addition, { flag: 'a' });
      expect(row(id)).toMatchObject({ outcome: 'failed' });
    },
  );

  test('mirrors-units if a timer is no longer masked', () => {
    const { root, row } = rewrite('ubuntu2404', { [list]: JAMMY });
    rmSync(path.join(root, 'etc/systemd/system/apt-daily.timer'));
    expect(row('mirrors-units')).toMatchObject({ outcome: 'failed' });
  });

  test('mirrors-proxy if a repository lost its proxy, or another repository has one', () => {
    const files = { [repo]: '[epel]\nname=x\n[crb]\nname=y\n' };
    const { row, read, write } = rewrite('rocky9', files, proxied('epel'));
    expect(row('mirrors-proxy')).toMatchObject({ outcome: 'passed' });
    const text = read(repo);
    write(repo, text.replace(/^proxy=.*$/m, ''));
    expect(row('mirrors-proxy')).toMatchObject({ outcome: 'failed' });
    write(repo, `${text}proxy=${PROXY}\n`);
    expect(row('mirrors-proxy')).toMatchObject({ outcome: 'failed' });
  });
});
