/** Tests the lab itself: packages come from its mirror only, and it counts every leaked packet. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearse } from '../../src/engines/rehearsal/rehearse.ts';
import { packagePath } from '../../src/util/package-path.ts';
import { osIds, osOf } from './support/lab-os.ts';
import { baseRoot, kernel, noLab, openLab, parallelcluster, rootOf, type Lab } from './support/lab.ts';
import { processesWith, until } from '../job/support/machine.ts';

const why = await noLab();
/** Shortens apt's timeouts in tests where apt must fail. */
const noRetries = 'echo "Acquire::Retries 0;" >/etc/apt/apt.conf.d/lab';

describe.skipIf(why !== undefined)('the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  }, 600_000);
  afterAll(async () => lab?.close());
  beforeEach(async () => lab.forget());

  /** Runs scripts in the root filesystem of an OS, with the lab as the network; stops at the first failure. */
  async function inside(os: string, ...texts: string[]): Promise<RehearsalResult[]> {
    const { results } = await rehearse({
      target: { os, arch: 'x86_64', parallelcluster },
      rootfs: await rootOf(os),
      network: lab.network,
      scripts: texts.map((text, index) => ({ name: `${index}`, text: `set -e\n${text}` })),
    });
    return results;
  }

  const trustDebian = () =>
    `cat >/usr/local/share/ca-certificates/lab.crt <<'PEM'\n${lab.caPem}PEM\nupdate-ca-certificates`;
  const trustRhel = () =>
    `cat >/etc/pki/ca-trust/source/anchors/lab.pem <<'PEM'\n${lab.caPem}PEM\nupdate-ca-trust`;

  async function aptSource(archive = 'artifactory/ubuntu', codename = 'jammy'): Promise<string> {
    const key = await fs.readFile(lab.keyFile, 'utf8');
    const source = `deb [signed-by=/usr/share/keyrings/lab.asc] ${lab.mirror}/${archive} ${codename} main universe`;
    return `rm -f /etc/apt/sources.list.d/*
cat >/usr/share/keyrings/lab.asc <<'KEY'\n${key}KEY
echo '${source}' >/etc/apt/sources.list
apt-get -o APT::Update::Error-Mode=any update`;
  }

  async function dnfSource(path_ = 'artifactory/rocky/$releasever/BaseOS/$basearch/os'): Promise<string> {
    const key = await fs.readFile(lab.keyFile, 'utf8');
    return `rm -f /etc/yum.repos.d/*
cat >/etc/pki/rpm-gpg/lab <<'KEY'\n${key}KEY
cat >/etc/yum.repos.d/lab.repo <<'REPO'
[baseos]
name=lab
baseurl=${lab.mirror}/${path_}/
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/lab
REPO`;
  }

  const last = (results: RehearsalResult[]) => results.at(-1);

  describe('apt in ubuntu2204', () => {
    test('installs a package with its dependencies over TLS, and nothing leaks', async () => {
      const results = await inside(
        'ubuntu2204',
        trustDebian(),
        await aptSource(),
        'apt-get install -y lab-hello',
        'lab-hello; dpkg -s lab-lib',
      );
      expect(last(results)).toMatchObject({ outcome: 'passed' });
      expect(last(results)?.output).toContain('hello 1.0\n');
      expect(await lab.leaks()).toEqual([]);
      expect(await lab.requests()).toContainEqual(
        expect.stringMatching(
          /^GET mirror\.corp\.example \/artifactory\/ubuntu\/pool\/release\/lab-hello_1\.0-1_all\.deb 200 "Debian APT/,
        ),
      );
    });

    test('refuses the mirror while its CA is not trusted', async () => {
      const results = await inside('ubuntu2204', noRetries, await aptSource());
      expect(last(results)).toMatchObject({ outcome: 'failed', exitCode: 100 });
      expect(last(results)?.output).toContain('certificate is NOT trusted');
    });

    test('refuses an archive without a signature', async () => {
      const results = await inside('ubuntu2204', trustDebian(), await aptSource('apt/unsigned'));
      expect(last(results)).toMatchObject({ outcome: 'failed' });
      expect(last(results)?.output).toContain('is not signed');
    });

    test('finds every release with all pockets, for both architectures', async () => {
      const suites = ['focal', 'jammy', 'noble'].flatMap((codename) =>
        ['', '-updates', '-security', '-backports'].map((pocket) => codename + pocket),
      );
      const source = (await aptSource('artifactory/ubuntu-ports', 'SUITE')).replace(
        'apt-get',
        `for suite in ${suites.join(' ')}; do sed "s/SUITE/$suite/" /etc/apt/sources.list; done >/etc/apt/sources.list.d/all.list
: >/etc/apt/sources.list
dpkg --add-architecture arm64
apt-get`,
      );
      const results = await inside('ubuntu2204', trustDebian(), source);
      expect(last(results)).toMatchObject({ outcome: 'passed' });
      for (const suite of suites) expect(last(results)?.output).toContain(` ${suite} InRelease`);
      expect(last(results)?.output).toContain('noble-security/main arm64 Packages');
    });

    test('would upgrade the kernel from the security pocket, which is why packages are held', async () => {
      const source = (await aptSource()).replace(/ jammy /, ' jammy-security ');
      const results = await inside('ubuntu2204', trustDebian(), source, 'apt-get -s dist-upgrade');
      expect(last(results)?.output).toMatch(/^Inst lab-fixed \[1\.0-1\] \(1\.1-1 /m);
      expect(last(results)?.output).toContain(
        `Inst linux-image-aws [${kernel.installed}] (${kernel.offered} `,
      );
      expect(last(results)?.output).not.toContain('Inst lab-plain');
    });
  });

  describe('dnf in rocky9', () => {
    test('takes $releasever from the release package, and installs a signed package with gpgcheck=1', async () => {
      const results = await inside(
        'rocky9',
        trustRhel(),
        await dnfSource(),
        'dnf -y install lab-hello',
        'lab-hello; rpm -q lab-lib',
      );
      expect(last(results)).toMatchObject({ outcome: 'passed', output: 'hello 1.0\nlab-lib-1.0-1.noarch\n' });
      expect(await lab.leaks()).toEqual([]);
      expect(await lab.requests()).toContainEqual(
        expect.stringContaining('/artifactory/rocky/9/BaseOS/x86_64/os/repodata/repomd.xml 200 "libdnf'),
      );
    });

    test('refuses a package without a signature', async () => {
      const results = await inside('rocky9', trustRhel(), await dnfSource(), 'dnf -y install lab-unsigned');
      expect(last(results)).toMatchObject({ outcome: 'failed' });
      expect(last(results)?.output).toContain('lab-unsigned-1.0-1.noarch.rpm is not signed');
    });

    test('refuses the mirror while its CA is not trusted', async () => {
      const results = await inside('rocky9', await dnfSource(), 'dnf -y install lab-hello');
      expect(last(results)).toMatchObject({ outcome: 'failed' });
      expect(last(results)?.output).toMatch(/SSL peer certificate|certificate problem/);
    });

    test('distinguishes security fixes, and would upgrade the kernel, which is why packages are held', async () => {
      const results = await inside(
        'rocky9',
        trustRhel(),
        await dnfSource(),
        'dnf -q updateinfo list --security',
      );
      expect(last(results)?.output).toMatch(/LAB-lab-fixed +Important\/Sec\. +lab-fixed-1\.1-1\.noarch/);
      expect(last(results)?.output).toContain(`kernel-core-${kernel.offered}`);
      expect(last(results)?.output).not.toContain('lab-plain');
    });
  });

  test.each(osIds)(
    '%s: the root filesystem has its os-release, and finds every repository under every layout',
    async (os) => {
      const { family, repositories } = osOf(os);
      const ask = (url: string) => `curl -sSf -o /dev/null ${url}`;
      const index = family === 'rhel' ? 'repodata/repomd.xml' : 'dists/jammy/InRelease';
      const releasever =
        family === 'rhel'
          ? '$(rpm -q --provides --whatprovides system-release | sed -n "s/.*(releasever) = //p" | head -n 1)'
          : '';
      const urls = repositories.flatMap(({ id, upstream }) => [
        ...['artifactory/', 'pulp/content/', 'repository/', ''].map((prefix) => `${prefix}${upstream}`),
        ...(family === 'rhel' ? [`reposync/${id}`] : []),
      ]);
      const script = [
        '. /etc/os-release; echo "$ID $VERSION_ID"; cat /opt/parallelcluster/.bootstrapped; echo',
        `releasever=${releasever} basearch=x86_64`,
        ...urls.map((url) => ask(`"${lab.mirror}/${url}/${index}"`)),
        'test -e /boot/vmlinuz-*',
      ].join('\n');
      const results = await inside(os, family === 'rhel' ? trustRhel() : trustDebian(), script);
      expect(last(results)).toMatchObject({ outcome: 'passed' });
      expect(await lab.leaks()).toEqual([]);
      expect((await lab.requests()).filter((line) => line.includes('curl'))).toHaveLength(urls.length);
    },
  );

  describe('the runtimes of a root filesystem', () => {
    const site = 'https://mirror.corp.example/';
    const venv = '/opt/parallelcluster/pyenv/versions/3.9.20/envs/node_virtualenv/bin/python';
    const asks: Record<string, string> = {
      curl: `curl -sSf ${site}`,
      wget: `wget -qO- ${site}`,
      git: `git ls-remote ${site}none.git 2>&1 | grep 'not found'`,
      openssl: `openssl s_client -verify_return_error -connect mirror.corp.example:443 </dev/null`,
      python: `python3 -c 'import urllib.request as u; u.urlopen("${site}")'`,
      certifi: `${venv} -c 'import requests; requests.get("${site}").raise_for_status()'`,
      botocore: `${venv} -c 'from botocore.httpsession import URLLib3Session as S; from botocore.awsrequest import AWSRequest as R; S().send(R("GET", "${site}").prepare())'`,
      node: `node -e 'fetch("${site}").catch((e) => { console.error(e.cause); process.exit(1) })'`,
      cinc: `/opt/cinc/embedded/bin/openssl s_client -verify_return_error -connect mirror.corp.example:443 </dev/null`,
    };
    /** The runtimes that read the OS's store; the others have their own. */
    const following = ['curl', 'wget', 'git', 'openssl', 'python', 'cinc'];

    test.each(['ubuntu2204', 'rocky9'])(
      'of %s do not trust the lab at first; a CA in the OS store only affects those that read it',
      async (os) => {
        const all = Object.entries(asks).map(([name, ask]) => `(${ask}) >/dev/null 2>&1 && echo ${name}`);
        const question = `${all.join('\n')}\ntrue`.replace(/^/, 'set +e\n');
        const results = await inside(os, question, os === 'rocky9' ? trustRhel() : trustDebian(), question);
        expect(results[0]?.output).toBe('');
        expect(results[2]?.output.split('\n').filter(Boolean)).toEqual(following);
        expect(await lab.leaks()).toEqual([]);
      },
    );

    test.each(['ubuntu2204', 'rocky9'])('of %s never trust the server of an unknown CA', async (os) => {
      const question = Object.entries(asks)
        .map(
          ([name, ask]) => `(${ask.replaceAll('mirror.corp', 'leaf.corp')}) >/dev/null 2>&1 && echo ${name}`,
        )
        .join('\n');
      const results = await inside(
        os,
        os === 'rocky9' ? trustRhel() : trustDebian(),
        `set +e\n${question}\ntrue`,
      );
      expect(last(results)).toMatchObject({ outcome: 'passed', output: '' });
    });
  });

  describe('the counter', () => {
    test('counts packets to other destinations, which do not arrive', async () => {
      const results = await inside(
        'ubuntu2204',
        'curl -sS -m 5 http://192.0.2.1/ && exit 1; curl -sS -m 5 -g "http://[2001:db8:1::1]/" && exit 1; true',
        'getent hosts deb.example.org && exit 1; true',
        `python3 -c 'import socket as s; s.socket(s.AF_INET, s.SOCK_RAW, s.IPPROTO_ICMP).sendto(bytes([8, 0, 247, 255, 0, 0, 0, 0]), ("192.0.2.7", 0))' || true`,
        'echo >/dev/udp/10.99.0.1/53 || echo >/dev/udp/169.254.169.254/123 || true',
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(Array(4).fill('passed'));
      expect((await lab.leaks()).map(({ to }) => to)).toEqual([
        '10.0.0.2:53/udp',
        '10.99.0.1:53/udp',
        '169.254.169.254:123/udp',
        '192.0.2.1:80/tcp',
        '192.0.2.7/icmp',
        '2001:db8:1::1:80/tcp',
      ]);
      expect((await lab.leaks()).every(({ packets }) => packets > 0)).toBe(true);
    });

    test('counts apt with one public source left over', async () => {
      const leftover = `${await aptSource()} || true
echo 'deb http://security.ubuntu.com/ubuntu jammy-security main' >/etc/apt/sources.list.d/left.list
apt-get update || true`;
      await inside('ubuntu2204', noRetries, trustDebian(), leftover);
      expect(await lab.leaks()).toEqual([{ to: '10.0.0.2:53/udp', packets: expect.any(Number) as number }]);
    });

    test('starts at zero after forget()', async () => {
      await inside('ubuntu2204', 'curl -sS -m 5 http://192.0.2.1/ || true');
      expect(await lab.leaks()).not.toEqual([]);
      await lab.forget();
      expect(await lab.leaks()).toEqual([]);
      expect(await lab.requests()).toEqual([]);
    });
  });

  test('a script that needs the mirror runs with it; without it the script is skipped with a hint', async () => {
    const text = `# bake: {"kind":"row","id":"x","network":true}\ncurl -sSkf -o /dev/null ${lab.mirror}/`;
    const request = {
      target: { os: 'rocky9', arch: 'x86_64' as const, parallelcluster },
      rootfs: await rootOf('rocky9'),
      scripts: [{ name: 'x', text }],
    };
    const [without, within] = await Promise.all([
      rehearse(request),
      rehearse({ ...request, network: lab.network }),
    ]);
    expect(without.results[0]).toMatchObject({
      outcome: 'skipped',
      reason: 'it needs a network (bake rehearse --network)',
    });
    expect(within.results[0]).toMatchObject({ outcome: 'passed' });
  });

  test('serves files that a test adds', async () => {
    await fs.writeFile(path.join(lab.own, 'x.txt'), 'mine\n');
    const results = await inside('rocky9', trustRhel(), `curl -sSf ${lab.mirror}/own/x.txt`);
    expect(last(results)?.output).toBe('mine\n');
  });

  test('a root filesystem does not change, whatever a script does in it', async () => {
    const root = await rootOf('rocky9');
    const before = await fs.stat(path.join(root, 'var/lib/rpm/rpmdb.sqlite'));
    await inside(
      'rocky9',
      trustRhel(),
      await dnfSource(),
      'dnf -y install lab-hello; rm -rf /usr/lib/modules /etc/pki',
    );
    expect((await fs.stat(path.join(root, 'var/lib/rpm/rpmdb.sqlite'))).mtimeMs).toBe(before.mtimeMs);
    await fs.access(path.join(root, 'etc/pki/ca-trust/source/anchors'));
    await expect(fs.access(path.join(root, 'usr/bin/lab-hello'))).rejects.toThrow('ENOENT');
  });

  test('cloud-init of the boot root reads the identity of each new instance from its seed', async () => {
    // A boot is simulated by an empty /run.
    const boot = (id: string) => `rm -rf /run/cloud-init
mkdir -p /var/lib/cloud/seed/nocloud
cd /var/lib/cloud/seed/nocloud
printf 'instance-id: ${id}\nlocal-hostname: ${id}\n' >meta-data
printf '#cloud-config\n' >user-data
printf 'datasource_list: [NoCloud, None]\n' >/etc/cloud/cloud.cfg.d/99_lab.cfg
(cloud-init init --local; cloud-init init) >&2
cat /var/lib/cloud/data/instance-id /etc/hostname`;
    const { results } = await rehearse({
      target: { os: 'ubuntu2204', arch: 'x86_64', parallelcluster },
      rootfs: await baseRoot('boot'),
      network: lab.network,
      scripts: ['i-one', 'i-two'].map((id) => ({ name: id, text: boot(id) })),
    });
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(results.map(({ output }) => output.slice(-12))).toEqual(['i-one\ni-one\n', 'i-two\ni-two\n']);
  });
});

describe.skipIf(why !== undefined)('a lab that ends', () => {
  async function left(name: string): Promise<string[]> {
    const places = ['/run/netns', '/etc/netns', '/tmp'];
    const entries = await Promise.all(places.map((place) => fs.readdir(place).catch(() => [])));
    return entries.flat().filter((entry) => entry.includes(name));
  }

  test('leaves nothing behind and does not affect another lab', async () => {
    const [one, other] = await Promise.all([openLab(), openLab()]);
    const name = one.network.replace(/-bake$/, '');
    const work = path.dirname(one.own);
    expect(await left(name)).toHaveLength(3);
    await one.close();
    expect(await left(name)).toEqual([]);
    expect(await processesWith(work)).toEqual([]);
    await expect(fs.access(work)).rejects.toThrow('ENOENT');
    expect(await other.leaks()).toEqual([]);
    await other.close();
  });

  test('leaves nothing behind if its test is killed', async () => {
    const entry = packagePath('.cache', `lab-main-${process.pid}.mjs`);
    await build({
      entryPoints: [packagePath('test', 'lab', 'support', 'lab-main.ts')],
      outfile: entry,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    try {
      const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      const { network, work } = JSON.parse(chunk.toString()) as { network: string; work: string };
      const name = network.replace(/-bake$/, '');
      expect(await left(name)).toHaveLength(3);
      child.kill('SIGKILL');
      await until('all is gone', async () => (await left(name)).length === 0);
      await until('nginx is gone', async () => (await processesWith(path.dirname(work))).length === 0);
    } finally {
      await fs.rm(entry, { force: true });
    }
  });
});

test('a missing program skips the tests, but is a failure in CI', async () => {
  const programs = { 'no-such-program': 'no-such-package' };
  expect(await noLab(false, programs)).toMatch(
    /^not on this machine: no-such-program \(no-such-package\)$|root$/,
  );
  await expect(noLab(true, programs)).rejects.toThrow('the lab must run in CI');
});
