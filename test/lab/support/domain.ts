/** Runs an Active Directory domain for tests: a real Samba domain controller in namespaces, removed afterwards. */
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { packagePath } from '../../../src/util/package-path.ts';
import { once } from './lab-once.ts';
import { baseRoot } from './lab-roots.ts';
import { call } from './lab-run.ts';

export const domain = {
  name: 'corp.example',
  server: '10.77.0.1',
  user: 'Administrator',
  /** With characters that are special in JSON, in a shell and on a command line. */
  password: `Pa"s\\s w0rd$'\u00e9`,
} as const;

export interface Domain {
  /** A namespace that reaches only the domain controller. */
  network: string;
  /**
   * Runs scripts one after the other on a node: as root in a root filesystem, with its own host name. It does not use
   * `rehearse`, because a join needs to mount, which `rehearse` does not allow.
   */
  node(
    root: string,
    fqdn: string,
    scripts: readonly { name: string; text: string }[],
  ): Promise<DomainOutput[]>;
  /** Runs samba-tool or a similar program against the running directory, as a node would. @returns stdout */
  ask(command: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export interface DomainOutput {
  name: string;
  outcome: 'passed' | 'failed';
  output: string;
}

const NODE = `set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/up /mnt/wk /mnt/root
mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/up,workdir=/mnt/wk" /mnt/root
mount -t proc proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
hostname "$2"
printf '127.0.0.1 localhost\\n127.0.1.1 %s %s\\n' "$2" "\${2%%.*}" > /mnt/root/etc/hosts
exec chroot /mnt/root env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C bash -c '
  while read -r name text; do
    status=0
    base64 -d <<< "$text" > /srv/script
    output=$(bash /srv/script 2>&1 < /dev/null | base64 -w 0; exit "\${PIPESTATUS[0]}") || status=$?
    printf "%s %s %s\\n" "$name" "$status" "$output"
  done'`;

const PACKAGES = [
  'samba',
  'samba-ad-provision',
  'samba-dsdb-modules',
  'samba-vfs-modules',
  'winbind',
  'ldb-tools',
];
const ENVIRONMENT = [
  'env',
  '-i',
  'PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LC_ALL=C',
];

/** A root filesystem with a provisioned domain, built once with the machine's package sources, in about a minute. */
async function domainRoot(): Promise<string> {
  const base = await baseRoot('apt');
  const key = await fs.readFile(`${base}.key`, 'utf8');
  return once('domain', ['domain.ts'], key, async (root) => {
    await call('cp', ['-a', `${base}/.`, root]);
    for (const from of [
      '/etc/apt/sources.list',
      '/etc/apt/sources.list.d',
      '/etc/apt/trusted.gpg.d',
      '/usr/share/keyrings',
    ])
      await call('cp', ['-a', '--no-target-directory', from, path.join(root, from)], { reject: false });
    await call('cp', ['-L', '/etc/resolv.conf', '/etc/hosts', path.join(root, 'etc')]);
    await fs.writeFile(path.join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const proxies = ['http_proxy', 'https_proxy'].flatMap((name) =>
      process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
    );
    const apt =
      'apt-get -q update && apt-get -q -o Dpkg::Options::=--force-unsafe-io install -y --no-install-recommends "$@"';
    await inside(root, [...proxies, 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', apt, '-', ...PACKAGES]);
    await fs.writeFile(
      path.join(root, 'etc/hosts'),
      `127.0.0.1 localhost\n${domain.server} dc1.${domain.name} dc1\n`,
    );
    await fs.rm(path.join(root, 'etc/samba/smb.conf'), { force: true });
    const realm = domain.name.toUpperCase();
    await inside(root, [
      'samba-tool',
      'domain',
      'provision',
      `--realm=${realm}`,
      '--domain=CORP',
      '--server-role=dc',
      '--host-name=dc1',
      '--dns-backend=SAMBA_INTERNAL',
      `--host-ip=${domain.server}`,
      `--adminpass=${domain.password}`,
      `--option=interfaces=lo ${domain.server}`,
      '--option=bind interfaces only=yes',
    ]);
    await inside(root, ['samba-tool', 'ou', 'create', 'OU=hpc']);
  });
}

async function inside(root: string, command: readonly string[]): Promise<void> {
  const spaces = ['--mount', '--uts', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  await call('unshare', [...spaces, `--root=${root}`, '--mount-proc', ...ENVIRONMENT, ...command]);
}

/** @throws Error with the output of the failed program */
export async function openDomain(): Promise<Domain> {
  const root = await domainRoot();
  const work = await fs.mkdtemp('/tmp/bake-domain-');
  const script = packagePath('test', 'lab', 'support', 'domain-space.sh');
  const keeper = spawn('bash', ['--norc', script, root, work], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  let errors = '';
  keeper.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<void>((resolve) => keeper.on('close', () => resolve()));
  const network = await new Promise<string>((resolve, reject) => {
    createInterface({ input: keeper.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    void ended.then(() => reject(new Error(`the domain did not start: ${errors.trim()}`)));
  });
  return {
    network,
    async node(below, fqdn, scripts) {
      const spaces = ['--mount', '--uts', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
      const lines = scripts.map(
        ({ name, text }) => `${name.replaceAll(' ', '_')} ${Buffer.from(text).toString('base64')}\n`,
      );
      const answers = await call(
        'ip',
        ['netns', 'exec', network, 'unshare', ...spaces, 'bash', '-c', NODE, '-', below, fqdn],
        { stdin: 'pipe', input: lines.join('') },
      );
      return answers.split('\n').map((line) => {
        const [name = '', status, output = ''] = line.split(' ');
        const text = Buffer.from(output, 'base64').toString('utf8');
        return {
          name: name.replaceAll('_', ' '),
          outcome: status === '0' ? 'passed' : 'failed',
          output: text,
        };
      });
    },
    ask: (command) => call('ip', ['netns', 'exec', network, 'chroot', root, ...ENVIRONMENT, ...command]),
    async close() {
      keeper.stdin.end();
      await ended;
    },
  };
}
