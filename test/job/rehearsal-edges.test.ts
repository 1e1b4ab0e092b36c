/** Tests the edge cases of rehearsals: real trust stores, given roots, networks, kills, machines that refuse namespaces. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RehearsalRequest } from '../../src/engines/rehearsal/contract.ts';
import { probeIsolation, rehearse, rehearseWith } from '../../src/engines/rehearsal/rehearse.ts';
import { mounts, processesWith, until } from './support/machine.ts';
import {
  alinux2,
  amRoot,
  closeGround,
  commandAs,
  openGround,
  rehearseAs,
  run,
  ubuntu,
  type Ground,
  type Order,
  type Who,
} from './support/rehearse-as.ts';

let bundle: Ground['bundle'];
let work: string;

beforeAll(async () => ({ bundle, work } = await openGround()));
afterAll(() => closeGround({ bundle, work }));

const whos: Who[] = amRoot ? ['root', 'user'] : ['user'];

function as(who: Who, request: RehearsalRequest, rung?: Order['rung']) {
  return rehearseAs(commandAs(who, bundle.entry), { request, rung });
}

describe.each(whos)('as %s, a target of this machine’s own family', (who) => {
  it('has the original trust store, and update-ca-certificates really adds to it', async () => {
    const { stdout: pem } = await run([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '30',
      '-subj',
      '/CN=Rehearsal Test Root',
      '-keyout',
      '/dev/null',
    ]);
    expect(pem).toContain('BEGIN CERTIFICATE');
    const count = 'grep -c "BEGIN CERT" /etc/ssl/certs/ca-certificates.crt';
    const { results } = await as(who, {
      target: ubuntu,
      scripts: [
        {
          name: 'stock',
          text: `${count}; find /etc/ssl/certs -xtype l | wc -l; grep -vc ^mozilla/ /etc/ca-certificates.conf || true`,
        },
        {
          name: 'trust',
          text: `# bake: {"kind":"step","id":"trust","family":["update-ca-certificates"]}
            cat >/usr/local/share/ca-certificates/rehearsal.crt <<'PEM'\n${pem}PEM
            update-ca-certificates`,
        },
        {
          name: 'row',
          text: `${count}; openssl verify -CApath /etc/ssl/certs /usr/local/share/ca-certificates/rehearsal.crt`,
        },
      ],
      keepGoing: true,
    });
    expect(results.map((result) => result.outcome)).toEqual(['passed', 'passed', 'passed']);
    const before = Number(results[0]?.output.split('\n')[0]);
    expect(before).toBeGreaterThan(50);
    expect(results[0]?.output).toBe(`${before}\n0\n0\n`);
    expect(results[1]?.output).toContain('1 added, 0 removed');
    expect(results[2]?.output).toBe(`${before + 1}\n/usr/local/share/ca-certificates/rehearsal.crt: OK\n`);
  });

  it('has the target’s apt sources, which the real apt reads, and a package database that works', async () => {
    const { results } = await as(who, {
      target: ubuntu,
      scripts: [
        { name: 'apt', text: 'apt-get update --print-uris | cut -d/ -f3 | sort -u' },
        {
          name: 'dpkg',
          text: `set -e; mkdir -p /tmp/p/DEBIAN /tmp/p/usr/share/rehearsed
            printf 'Package: rehearsed\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.com>\\nDescription: x\\n' >/tmp/p/DEBIAN/control
            touch /tmp/p/usr/share/rehearsed/it
            dpkg-deb --root-owner-group -b /tmp/p /tmp/p.deb >/dev/null; dpkg -i /tmp/p.deb >/dev/null
            dpkg-query -W -f '\${Status}' rehearsed; ls /usr/share/rehearsed`,
        },
      ],
      keepGoing: true,
    });
    expect(results[0]?.output).toBe(
      'fsx-lustre-client-repo.s3.amazonaws.com\nsecurity.ubuntu.com\nus-east-1.ec2.archive.ubuntu.com\n',
    );
    expect(results[1]?.output).toBe('install ok installedit\n');
  });

  it('does not give the machine’s package database to a target of the other family', async () => {
    const { results } = await as(who, {
      target: alinux2,
      scripts: [{ name: 'it', text: 'dpkg-query -W bash' }],
    });
    expect(results[0]?.outcome).toBe('failed');
  });
});

describe.each(whos)('as %s without overlays', (who) => {
  it('can write to the folders of /usr that steps change, and sees the machine’s files there', async () => {
    const text =
      'touch /usr/share/keyrings/x /usr/local/bin/x /usr/share/ca-certificates/x && ls /usr/share/ca-certificates/mozilla | wc -l';
    const scripts = [{ name: 'a', text }];
    const { results } = await as(who, { target: ubuntu, scripts }, { isolation: who, overlay: false });
    expect(results[0]?.outcome).toBe('passed');
    expect(Number(results[0]?.output)).toBeGreaterThan(50);
  });
});

describe.each(whos)('as %s, a rootfs', (who) => {
  let rootfs: string;

  beforeAll(async () => {
    rootfs = path.join(work, `root, of: ${who}`);
    await makeRootfs(rootfs, 'ID=ubuntu\nVERSION_ID="99.99"\n');
    await run(['tar', '-cf', `${rootfs}.tar`, '-C', rootfs, '.']);
  });

  it.each([
    ['folder', ''],
    ['tar', '.tar'],
  ])('of the target’s family is used as the target: a %s', async (_, ending) => {
    const { results } = await as(who, {
      target: ubuntu,
      rootfs: rootfs + ending,
      scripts: [
        {
          name: 'a',
          text: '. /etc/os-release; echo $VERSION_ID; cat /opt/parallelcluster/.bootstrapped /etc/own; echo new >/etc/own; echo more >>/etc/os-release; ls /etc /usr/bin',
        },
        { name: 'b', text: 'cat /etc/own' },
        { name: 'c', text: '# bake: {"kind":"step","id":"c","programs":["sed"]}\nsed' },
      ],
      keepGoing: true,
    });
    expect(results[0]?.output).toBe(
      '99.99\naws-parallelcluster-cookbook-3.16.0own\n/etc:\nos-release\nown\nparallelcluster\n\n/usr/bin:\nbash\ncat\nls\n',
    );
    expect(results[1]?.output).toBe('new\n');
    expect(results[2]).toMatchObject({ outcome: 'skipped', reason: 'sed is not on this machine' });
    expect(await fs.readFile(path.join(rootfs, 'etc/own'), 'utf8')).toBe('own\n');
    expect(await fs.readFile(path.join(rootfs, 'etc/os-release'), 'utf8')).not.toContain('more');
  });

  it('of the other family adds its programs to the target’s own files', async () => {
    const { results } = await as(who, {
      target: alinux2,
      rootfs,
      scripts: [{ name: 'a', text: '. /etc/os-release; echo $ID; ls /etc/own; ls /usr/bin' }],
    });
    expect(results[0]?.output).toBe(
      "amzn\nls: cannot access '/etc/own': No such file or directory\nbash\ncat\nls\n",
    );
  });

  it('that does not exist is an error', async () => {
    const request = { target: ubuntu, rootfs: path.join(work, 'absent'), scripts: [] };
    await expect(as(who, request)).rejects.toThrow('FILE_MISSING');
  });
});

describe.each(whos)('as %s, a rehearsal that is ended from outside', (who) => {
  async function start(): Promise<{ child: ReturnType<typeof spawn>; secret: string }> {
    const secret = `${600 + Math.random()}`;
    const [program = '', ...args] = commandAs(who, bundle.entry);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const order: Order = {
      request: { target: alinux2, scripts: [{ name: 'a', text: `echo begun; sleep ${secret}` }] },
    };
    child.stdin.end(JSON.stringify(order));
    await new Promise((resolve) => child.stderr.once('data', resolve));
    await until('the script runs', async () => (await processesWith(`sleep ${secret}`)).length > 0);
    return { child, secret };
  }

  it('leaves no process, mount or file behind after kill -9', async () => {
    const before = await mounts();
    const { child, secret } = await start();
    child.kill('SIGKILL');
    await until('the script is gone', async () => (await processesWith(`sleep ${secret}`)).length === 0);
    await until(
      'all is gone',
      async () => (await processesWith(path.join(bundle.folder, 'templates'))).length === 0,
    );
    expect(await mounts()).toBe(before);
    expect((await fs.readdir(bundle.folder)).sort()).toEqual(['dist', 'package.json', 'templates']);
  });
});

describe('a rehearsal in this process', () => {
  it('ends at once when aborted, with all its processes', async () => {
    const secret = `${600 + Math.random()}`;
    const stop = new AbortController();
    const rehearsal = rehearse({
      target: alinux2,
      scripts: [{ name: 'a', text: `echo begun; sleep ${secret}` }],
      signal: stop.signal,
      onLine: () => stop.abort(new Error('enough')),
    });
    await expect(rehearsal).rejects.toThrow('enough');
    expect(await processesWith(`sleep ${secret}`)).toEqual([]);
  });

  it('does not start when it is already aborted', async () => {
    await expect(
      rehearse({ target: alinux2, scripts: [], signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
  });

  it('streams lines and results as they come', async () => {
    const seen: string[] = [];
    await rehearse({
      target: alinux2,
      scripts: [
        { name: 'a', text: 'echo 1; echo 2' },
        { name: 'b', text: 'echo 3' },
      ],
      onLine: (script, line) => seen.push(`${script}: ${line}`),
      onResult: (result) => seen.push(`${result.name} ${result.outcome}`),
    });
    expect(seen).toEqual(['a: 1', 'a: 2', 'a passed', 'b: 3', 'b passed']);
  });

  it('keeps the end of endless output', async () => {
    const { results } = await rehearse({
      target: alinux2,
      scripts: [{ name: 'a', text: 'seq 1 300000; echo end' }],
    });
    expect(results[0]?.output).toHaveLength(256 * 1024);
    expect(results[0]?.output.endsWith('300000\nend\n')).toBe(true);
  });

  it('runs several at once without mixing them', async () => {
    const all = await Promise.all(
      ['1', '2', '3'].map((n) =>
        rehearse({
          target: alinux2,
          scripts: [{ name: n, text: `echo ${n} >>/etc/n; sleep 0.1; cat /etc/n` }],
        }),
      ),
    );
    expect(all.map(({ results }) => results[0]?.output)).toEqual(['1\n', '2\n', '3\n']);
  });

  it('reports the isolation that this machine allows', async () => {
    expect(await probeIsolation()).toEqual({ isolation: amRoot ? 'root' : 'user', why: undefined });
  });
});

describe('a machine that refuses', () => {
  const scripts = [
    { name: 'fine', text: 'exit 1' },
    { name: 'broken', text: 'if' },
  ];

  it('skips every script with the reason, and checks its syntax', async () => {
    const found = { isolation: 'none', overlay: false, why: 'darwin has no Linux namespaces' } as const;
    const { isolation, why, results } = await rehearseWith({ target: alinux2, scripts }, found);
    expect({ isolation, why }).toEqual({ isolation: 'none', why: 'darwin has no Linux namespaces' });
    expect(results).toMatchObject([
      { name: 'fine', outcome: 'skipped', reason: 'not rehearsed: darwin has no Linux namespaces' },
      { name: 'broken', outcome: 'failed', reason: 'bash cannot parse it' },
    ]);
  });

  it.skipIf(!amRoot)('uses a user namespace when root may not mount, as in a container', async () => {
    const weak = [
      'setpriv',
      '--bounding-set',
      '-sys_admin',
      '--inh-caps',
      '-all',
      '--',
      process.execPath,
      bundle.entry,
    ];
    const request = {
      target: ubuntu,
      scripts: [{ name: 'a', text: 'echo ran >/usr/local/bin/x; cat /usr/local/bin/x; chmod 600 /dev/null' }],
    };
    const { isolation, results } = await rehearseAs(weak, { request });
    expect(isolation).toBe('user');
    expect(results[0]?.output).toContain('ran\n');
    expect((await fs.stat('/dev/null')).mode & 0o777).toBe(0o666);
  });

  it.skipIf(!amRoot)('gives the reason when no namespace is allowed', async () => {
    const jail =
      'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set -sys_admin --inh-caps -all -- "$@"';
    const command = [
      'unshare',
      '-U',
      '-r',
      '--',
      'bash',
      '--norc',
      '-c',
      jail,
      'jail',
      process.execPath,
      bundle.entry,
    ];
    const { isolation, why, results } = await rehearseAs(command, {
      request: { target: alinux2, scripts: [scripts[0]!] },
    });
    expect(isolation).toBe('none');
    expect(why).toMatch(/as root: unshare: .*; as user: unshare: /);
    expect(results[0]).toMatchObject({ outcome: 'skipped', reason: `not rehearsed: ${why}` });
  });

  it.skipIf(!amRoot)(
    'works with other mounts inside /usr and a masked /proc, as in a container',
    async () => {
      const inner = commandAs('user', bundle.entry);
      const setUp = `mount -t tmpfs tmpfs /usr/share/doc && touch /usr/share/doc/masked &&
      mount --bind /usr/bin/true /usr/bin/false && mount -t tmpfs tmpfs /proc/irq && exec "$@"`;
      const command = [
        'unshare',
        '-m',
        '--propagation',
        'private',
        '--',
        'bash',
        '--norc',
        '-c',
        setUp,
        'set-up',
        ...inner,
      ];
      const request = {
        target: ubuntu,
        scripts: [
          {
            name: 'a',
            text: 'ls /usr/share/doc; echo x >/usr/share/new; cat /usr/share/new; ls /usr/bin | wc -l; ls /proc | grep -c self',
          },
        ],
      };
      const { isolation, results } = await rehearseAs(command, { request });
      expect(isolation).toBe('user');
      expect(results[0]?.output).toMatch(/^masked\nx\n\d{3,}\n\d/);
    },
  );
});

describe.skipIf(!amRoot)('a network namespace', () => {
  const name = `bake-${randomBytes(3).toString('hex')}`;

  beforeAll(async () => {
    await run(['ip', 'netns', 'add', name]);
    await run(['ip', 'netns', 'exec', name, 'ip', 'addr', 'add', '10.66.1.2/32', 'dev', 'lo']);
    await run(['ip', 'netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up']);
    await fs.mkdir(`/etc/netns/${name}`, { recursive: true });
    await fs.writeFile(`/etc/netns/${name}/hosts`, '10.66.1.2 mirror.corp.example\n');
  });

  afterAll(async () => {
    await run(['ip', 'netns', 'del', name]);
    await fs.rm(`/etc/netns/${name}`, { recursive: true });
    await fs.rmdir('/etc/netns').catch(() => {});
  });

  it('is the one that scripts use, with its hosts file, and they cannot change it', async () => {
    const text =
      'ip -o -4 addr show lo | grep -o 10.66.1.2/32 | head -1; cat /etc/hosts; ip addr add 10.66.1.3/32 dev lo 2>/dev/null || echo refused';
    const { results } = await rehearse({ target: alinux2, network: name, scripts: [{ name: 'a', text }] });
    expect(results[0]?.output).toBe('10.66.1.2/32\n10.66.1.2 mirror.corp.example\nrefused\n');
  });
});

/** Makes a root filesystem with bash, cat and ls, and nothing else. */
async function makeRootfs(root: string, osRelease: string): Promise<void> {
  for (const folder of ['etc', 'usr/bin', 'proc', 'dev'])
    await fs.mkdir(path.join(root, folder), { recursive: true });
  await fs.symlink('usr/bin', path.join(root, 'bin'));
  for (const program of ['bash', 'cat', 'ls']) {
    const { stdout } = await run(['ldd', `/usr/bin/${program}`]);
    for (const [library] of stdout.matchAll(/\/\S+/g)) await copyInto(root, library);
    await fs.copyFile(`/usr/bin/${program}`, path.join(root, 'usr/bin', program));
  }
  await fs.writeFile(path.join(root, 'etc/os-release'), osRelease);
  await fs.writeFile(path.join(root, 'etc/own'), 'own\n');
  await run(['chmod', '-R', 'a+rX', root]);
}

async function copyInto(root: string, file: string): Promise<void> {
  await fs.mkdir(path.join(root, path.dirname(file)), { recursive: true });
  await fs.copyFile(file, path.join(root, file));
}
