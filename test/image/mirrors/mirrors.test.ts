/** Tests the mirrors part byte by byte: how it rewrites repository files, and that the rows find every mistake. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MirrorInputs } from '../../../src/image/inputs.ts';
import { planMirrors } from '../../../src/image/mirrors/plan.ts';
import { findOs } from '../../../src/os/index.ts';
import type { Os } from '../../../src/os/os.ts';
import { plain, rewrite, rowScript } from '../support/mirrored.ts';
import { newRoot, runIn } from '../support/sandboxed.ts';

const ROCKY = `# rocky.repo
# This comment stays.

[baseos]
name=Rocky Linux $releasever - BaseOS
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever$rltype
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/BaseOS/$basearch/os/
gpgcheck=1
enabled=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9

[baseos-debug]
name = Rocky Linux $releasever - BaseOS - Debug
mirrorlist = https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever-debug$rltype
gpgcheck = 1
enabled = 0

[crb]
baseurl=http://dl.rockylinux.org/a
  http://dl.rockylinux.org/b
metalink=https://mirrors.example.org/metalink
gpgcheck=1
gpgkey=https://example.org/key
  file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9

[third-party]
name=not ours
baseurl=https://packages.example.net/el9
gpgkey=https://packages.example.net/key
`;

const REWRITTEN = `# rocky.repo
# This comment stays.

[baseos]
name=Rocky Linux $releasever - BaseOS
#mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever$rltype
baseurl=https://mirror.corp.example/artifactory/rocky/$releasever/BaseOS/$basearch/os/
#baseurl=http://dl.rockylinux.org/$contentdir/$releasever/BaseOS/$basearch/os/
gpgcheck=1
enabled=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9

[baseos-debug]
name = Rocky Linux $releasever - BaseOS - Debug
#mirrorlist = https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever-debug$rltype
baseurl=https://mirror.corp.example/not-mirrored/baseos-debug
gpgcheck = 1
enabled=0

[crb]
baseurl=https://mirror.corp.example/artifactory/rocky/$releasever/CRB/$basearch/os/
#metalink=https://mirrors.example.org/metalink
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9

[third-party]
name=not ours
baseurl=https://mirror.corp.example/not-mirrored/third-party
#gpgkey=https://packages.example.net/key
enabled=0
`;

describe('yum and dnf', () => {
  const file = 'etc/yum.repos.d/rocky.repo';

  test('sections are rewritten in place and keep ids, comments and gpgcheck', () => {
    expect(rewrite('rocky9', { [file]: ROCKY }).read(file)).toBe(REWRITTEN);
  });

  test('a second run changes nothing', () => {
    const { read, again } = rewrite('rocky9', { [file]: ROCKY });
    again();
    expect(read(file)).toBe(REWRITTEN);
  });

  test('the original files are recorded once, without logins', () => {
    const withLogin = ROCKY.replace(
      'https://packages.example.net/el9',
      'https://me:secret@packages.example.net/el9\npassword=secret',
    );
    const { read, again } = rewrite('rocky9', { [file]: withLogin });
    again();
    expect(read(`opt/bakery/originals/${file}`)).toBe(ROCKY);
  });

  test('a repository gets its own key, and another is switched off', () => {
    const { read } = rewrite(
      'rocky9',
      { [file]: ROCKY },
      {
        repos: {
          baseos: { gpgKey: { name: 'k', content: Buffer.from('\u0098KEY', 'latin1').toString('base64') } },
          crb: { enabled: false },
        },
      },
    );
    expect(read(file)).toContain('enabled=1\ngpgkey=file:///etc/pki/rpm-gpg/bakery-baseos\n');
    expect(read(file)).toMatch(
      /\[crb\]\nbaseurl=https:\/\/mirror.corp.example\/not-mirrored\/crb\/\n[^[]*enabled=0\n/,
    );
    expect(read('etc/pki/rpm-gpg/bakery-baseos')).toContain('KEY');
  });

  test('the main section of dnf.conf is unchanged, but a repository in it is rewritten', () => {
    const conf = '[main]\ngpgcheck=1\nbaseurl=x\nproxy=\n\n[inline]\nbaseurl=https://packages.example.net/\n';
    const { read } = rewrite('rocky9', { 'etc/dnf/dnf.conf': conf, [file]: ROCKY });
    expect(read('etc/dnf/dnf.conf')).toBe(
      '[main]\ngpgcheck=1\nbaseurl=x\nproxy=\n\n[inline]\nbaseurl=https://mirror.corp.example/not-mirrored/inline\nenabled=0\n',
    );
  });

  test("RHUI's plug-in is switched off", () => {
    const { read } = rewrite('rhel9', {
      'etc/dnf/plugins/amazon-id.conf': '[main]\nenabled=1\n',
      [file]: ROCKY,
    });
    expect(read('etc/dnf/plugins/amazon-id.conf')).toBe('[main]\nenabled=0\n');
  });

  test('the rows pass after the step', () => {
    const { row } = rewrite('rocky9', { [file]: ROCKY });
    expect(['mirrors-repos', 'mirrors-ids', 'mirrors-gpgcheck'].map((id) => row(id)?.outcome)).toEqual([
      'passed',
      'passed',
      'passed',
    ]);
    expect(row('mirrors-repos')?.text).toContain('ok  ');
  });

  test.each([
    [
      'mirrors-repos',
      'a public baseurl',
      /baseurl=https:\/\/mirror.corp.example\/artifactory/,
      'baseurl=http://dl.rockylinux.org',
    ],
    [
      'mirrors-repos',
      'a host that starts like the mirror',
      /baseurl=https:\/\/mirror.corp.example\//,
      'baseurl=https://mirror.corp.example.evil.org/',
    ],
    ['mirrors-repos', 'a live mirrorlist', /#mirrorlist=/, 'mirrorlist='],
    ['mirrors-repos', 'a live metalink', /#metalink=/, 'metalink = '],
    [
      'mirrors-repos',
      'a second URL on a line of its own',
      /(baseurl=.*)/,
      '$1\n  https://dl.rockylinux.org/',
    ],
    ['mirrors-repos', 'a key fetched from elsewhere', /gpgkey=file.*/, 'gpgkey=https://example.org/key'],
    ['mirrors-ids', 'a renamed id', /\[crb\]/, '[CRB]'],
    ['mirrors-gpgcheck', 'gpgcheck switched off', /gpgcheck=1/, 'gpgcheck = 0'],
  ])('%s fails with %s', (id, _, pattern, replacement) => {
    const { root, read, row } = rewrite('rocky9', { [file]: ROCKY });
    expect(row(id)?.outcome).toBe('passed');
    writeFileSync(path.join(root, file), read(file).replace(pattern, replacement));
    expect(row(id)?.outcome).toBe('failed');
  });

  test.each(['mirrors-repos', 'mirrors-ids'])('%s fails if the step never ran', (id) => {
    expect(runIn(newRoot({ [file]: ROCKY }), rowScript('rocky9', id)).report?.outcome).toBe('failed');
  });
});

const ONE_LINE = `# See the manual.
deb http://us-east-1.ec2.archive.ubuntu.com/ubuntu/ jammy main restricted
# deb-src http://us-east-1.ec2.archive.ubuntu.com/ubuntu/ jammy main
deb-src [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://archive.ubuntu.com/ubuntu jammy universe
deb http://security.ubuntu.com/ubuntu jammy-security main
deb [ arch=arm64 ] http://us-east-1.ec2.ports.ubuntu.com/ubuntu-ports/ jammy main
deb https://ppa.launchpadcontent.net/x/y/ubuntu jammy main
deb file:/opt/site/debs ./
`;

const ONE_LINE_REWRITTEN = `# See the manual.
deb https://mirror.corp.example/artifactory/ubuntu jammy main restricted
# deb-src http://us-east-1.ec2.archive.ubuntu.com/ubuntu/ jammy main
deb-src [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://mirror.corp.example/artifactory/ubuntu jammy universe
deb https://mirror.corp.example/artifactory/ubuntu jammy-security main
deb [arch=arm64] https://mirror.corp.example/artifactory/ubuntu-ports jammy main
# not on the mirror: deb https://ppa.launchpadcontent.net/x/y/ubuntu jammy main
deb file:/opt/site/debs ./
`;

const DEB822 = `# Written by cloud-init.
Types: deb deb-src
URIs: http://us-east-1.ec2.archive.ubuntu.com/ubuntu/ http://security.ubuntu.com/ubuntu
  https://packages.example.net/ubuntu
Suites: noble noble-updates
Components: main
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
Enabled: yes
URIs: https://packages.example.net/ubuntu
Suites: noble
Components: main
`;

const DEB822_REWRITTEN = `# Written by cloud-init.
Types: deb deb-src
URIs: https://mirror.corp.example/artifactory/ubuntu
Suites: noble noble-updates
Components: main
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
URIs: https://packages.example.net/ubuntu
Suites: noble
Components: main
Enabled: no
`;

describe('apt', () => {
  const list = 'etc/apt/sources.list';
  const sources = 'etc/apt/sources.list.d/ubuntu.sources';

  test.each([
    ['one-line', 'ubuntu2204', list, ONE_LINE, ONE_LINE_REWRITTEN],
    ['deb822', 'ubuntu2404', sources, DEB822, DEB822_REWRITTEN],
  ])('%s sources are rewritten in place, and a second run changes nothing', (_, os, file, before, after) => {
    const { read, again } = rewrite(os, { [file]: before });
    expect(read(file)).toBe(after);
    again();
    expect(read(file)).toBe(after);
    expect(read(`opt/bakery/originals/${file}`)).toBe(before);
  });

  test.each([
    [
      'one-line',
      'ubuntu2204',
      list,
      ONE_LINE,
      'deb [signed-by=/usr/share/keyrings/bakery-ubuntu.asc] https://mirror',
    ],
    [
      'deb822',
      'ubuntu2404',
      sources,
      DEB822,
      'Components: main\nSigned-By: /usr/share/keyrings/bakery-ubuntu.asc\n\n',
    ],
  ])('%s sources get the key of a mirror that signs them itself', (_, os, file, before, expected) => {
    const content = Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n').toString('base64');
    const { root, read, row } = rewrite(
      os,
      { [file]: before },
      { repos: { ubuntu: { gpgKey: { name: 'k', content } } } },
    );
    expect(read(file)).toContain(expected);
    expect(row('mirrors-keys')?.outcome).toBe('passed');
    writeFileSync(path.join(root, 'usr/share/keyrings/bakery-ubuntu.asc'), 'another');
    expect(row('mirrors-keys')?.outcome).toBe('failed');
  });

  test.each([
    ['mirrors-repos', 'a public source', list, ONE_LINE, 'deb http://archive.ubuntu.com/ubuntu jammy main\n'],
    [
      'mirrors-repos',
      'a public source with options',
      list,
      ONE_LINE,
      'deb [arch=amd64] http://archive.ubuntu.com/ubuntu jammy main\n',
    ],
    [
      'mirrors-repos',
      'a public deb822 source',
      sources,
      DEB822,
      '\nTypes: deb\nURIs: http://archive.ubuntu.com/ubuntu\nSuites: x\n',
    ],
    [
      'mirrors-gpgcheck',
      'a trusted source',
      list,
      ONE_LINE,
      'deb [trusted=yes] https://mirror.corp.example/x jammy main\n',
    ],
    ['mirrors-gpgcheck', 'a trusted deb822 source', sources, DEB822, '\nTypes: deb\nTrusted: yes\n'],
    [
      'mirrors-cloud-init',
      'a later file that overrides it',
      'etc/cloud/cloud.cfg.d/zz.cfg',
      '',
      'apt:\n  preserve_sources_list: false\n',
    ],
  ])('%s fails with %s', (id, _, file, before, addition) => {
    const { root, row } = rewrite('ubuntu2404', { [list]: ONE_LINE, [file]: before });
    expect(row(id)).toMatchObject({ outcome: 'passed' });
    writeFileSync(path.join(root, file), addition, { flag: 'a' });
    expect(row(id)?.outcome).toBe('failed');
  });

  test('mirrors-cloud-init fails if the drop-in is missing', () => {
    const script = rowScript('ubuntu2404', 'mirrors-cloud-init');
    const root = newRoot({ 'etc/cloud/cloud.cfg.d/05_logging.cfg': '' });
    expect(runIn(root, script).report?.outcome).toBe('failed');
  });
});

describe('the plan', () => {
  const rocky9 = findOs('rocky9') as Os;
  const ubuntu = findOs('ubuntu2204') as Os;
  const urlOf = (os: Os, id: string, mirrors: Partial<MirrorInputs>) =>
    planMirrors(os, { ...plain, ...mirrors }).repositories.find((repository) => repository.id === id)?.url;

  test.each([
    ['pulp', 'https://mirror.corp.example/pulp/content/rocky/$releasever/CRB/$basearch/os'],
    ['nexus', 'https://mirror.corp.example/repository/rocky/$releasever/CRB/$basearch/os'],
    ['artifactory', 'https://mirror.corp.example/artifactory/rocky/$releasever/CRB/$basearch/os'],
    ['reposync', 'https://mirror.corp.example/crb'],
    ['aptly', 'https://mirror.corp.example/rocky/$releasever/CRB/$basearch/os'],
  ] as const)('layout %s', (layout, url) => {
    expect(urlOf(rocky9, 'crb', { layout })).toBe(url);
  });

  test('a root that ends in the folder of the layout does not get the folder again', () => {
    expect(urlOf(rocky9, 'crb', { url: 'https://m.example/artifactory/' })).toBe(
      'https://m.example/artifactory/rocky/$releasever/CRB/$basearch/os',
    );
  });

  test('a path of the repository overrides the layout, below the root or on another mirror', () => {
    expect(urlOf(rocky9, 'epel', { repos: { epel: { path: '/epel/9/' } } })).toBe(
      'https://mirror.corp.example/epel/9',
    );
    const elsewhere = { repos: { epel: { path: 'https://other.example/e' } } };
    expect(urlOf(rocky9, 'epel', elsewhere)).toBe('https://other.example/e');
    expect(planMirrors(rocky9, { ...plain, ...elsewhere }).origins).toEqual([
      'https://mirror.corp.example/',
      'https://other.example/',
    ]);
  });

  test('no character of a path can end its line or its word', () => {
    const below = '/a b\nenabled=1\t[x]\'"';
    expect(urlOf(rocky9, 'epel', { repos: { epel: { path: below } } })).toBe(
      'https://mirror.corp.example/a%20b%0Aenabled=1%09[x]%27%22',
    );
    expect(urlOf(ubuntu, 'ubuntu', { repos: { ubuntu: { path: below } } })).toBe(
      'https://mirror.corp.example/a%20b%0Aenabled=1%09[x]%27%22',
    );
  });

  test('layout custom names the repository without a path', () => {
    expect(() => planMirrors(rocky9, { ...plain, layout: 'custom' })).toThrow(
      /layout custom needs a path.* baseos, .* of rocky9/,
    );
  });

  test('a password in the URL is refused and not repeated', () => {
    const attempt = () => planMirrors(rocky9, { ...plain, url: 'https://me:secret@mirror.corp.example' });
    expect(attempt).toThrow(/user name or password/);
    expect(attempt).not.toThrow(/secret/);
  });
});
