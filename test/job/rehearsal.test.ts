/** Tests that a rehearsal runs scripts in a root file system of its own, as root and as an ordinary user. */
import { createServer, type Server } from 'node:net';
import fs from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RehearsalRequest, RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import {
  alinux2,
  amRoot,
  closeGround,
  commandAs,
  openGround,
  rehearseAs,
  ubuntu,
  type Ground,
  type Order,
  type Who,
} from './support/rehearse-as.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { mounts, snapshotMachine } from './support/machine.ts';

let bundle: Ground['bundle'];
let work: string;

beforeAll(async () => ({ bundle, work } = await openGround()));
afterAll(() => closeGround({ bundle, work }));

const header = (fields: object) => `# bake: ${JSON.stringify({ kind: 'step', id: 'x', ...fields })}\n`;

const rungs: { name: string; who: Who; rung?: Order['rung'] }[] = [
  { name: 'root', who: 'root' },
  { name: 'root without overlays', who: 'root', rung: { isolation: 'root', overlay: false } },
  { name: 'an ordinary user', who: 'user' },
  { name: 'an ordinary user without overlays', who: 'user', rung: { isolation: 'user', overlay: false } },
];

if (!amRoot && process.env['CI'] === 'true') throw new Error('this suite must run as root in CI');

if (!amRoot) process.stderr.write('skipped: rehearsals as root, for these tests do not run as root\n');

describe.each(rungs.filter(({ who }) => who === 'user' || amRoot))(
  'a rehearsal as $name',
  ({ who, rung }) => {
    function rehearse(
      request: Partial<RehearsalRequest> & Pick<RehearsalRequest, 'scripts'>,
      env?: Record<string, string>,
    ) {
      return rehearseAs(
        commandAs(who, bundle.entry),
        { request: { target: alinux2, ...request }, rung },
        env,
      );
    }

    async function one(text: string, more: Partial<RehearsalRequest> = {}): Promise<RehearsalResult> {
      const { results } = await rehearse({ ...more, scripts: [{ name: 'it', text }] });
      return results[0] as RehearsalResult;
    }

    it('says which isolation it has', async () => {
      const { isolation } = await rehearse({ scripts: [] });
      expect(isolation).toBe(who);
    });

    it('runs scripts in order in one root, with their exit codes and real output', async () => {
      const { results } = await rehearse({
        scripts: [
          { name: 'a', text: 'echo one >/etc/x; echo made' },
          { name: 'b', text: 'cat /etc/x; echo two >&2; exit 3' },
          { name: 'c', text: 'echo never' },
        ],
      });
      expect(results).toEqual([
        { name: 'a', outcome: 'passed', exitCode: 0, output: 'made\n' },
        { name: 'b', outcome: 'failed', reason: 'exit code 3', exitCode: 3, output: 'one\ntwo\n' },
      ]);
    });

    it('copies a file of this machine to the path where its script reads it, and never to another', async () => {
      const source = path.join(work, "it's a\nfile of 3 MB");
      const bytes = Buffer.alloc(3_000_000, '0123456789');
      await fs.writeFile(source, bytes);
      const to = '/opt/bakery/staging/it';
      const { results } = await rehearse({
        scripts: [
          { name: 'before', text: `[ ! -e ${to} ]` },
          { name: 'takes', text: `sha256sum <${to}; stat -c %a ${to}; rm ${to}`, files: [{ source, to }] },
          { name: 'after', text: `[ ! -e ${to} ]` },
          { name: 'link', text: `rmdir /opt/bakery/staging && ln -s '${work}' /opt/bakery/staging` },
          { name: 'through', text: 'true', files: [{ source, to: '/opt/bakery/staging/victim' }] },
          {
            name: 'skipped',
            text: `${header({ programs: ['no-such-program'] })}true`,
            files: [{ source, to }],
          },
          { name: 'full', text: 'true', files: [{ source, to: '/dev/full' }] },
          { name: 'gone', text: 'true', files: [{ source: path.join(work, 'gone'), to }] },
        ],
        keepGoing: true,
      });
      expect(results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
        'before passed', 'takes passed', 'after passed', 'link passed', 'through failed', 'skipped skipped', 'full failed', 'gone failed',
      ]); // prettier-ignore
      expect(results[1]?.output).toBe(`${sha256(bytes)}  -\n600\n`);
      expect(await fs.readdir(work)).not.toContain('victim');
      expect(results[6]).toMatchObject({ reason: '/dev/full could not be written' });
      expect(results[7]?.output).toContain('No such file or directory');
      expect((await fs.readFile(source)).equals(bytes)).toBe(true);
    });

    it('continues after a failure with keepGoing', async () => {
      const scripts = [
        { name: 'a', text: 'exit 1' },
        { name: 'b', text: 'echo went on' },
      ];
      const { results } = await rehearse({ scripts, keepGoing: true });
      expect(results.map((result) => result.outcome)).toEqual(['failed', 'passed']);
    });

    it('shows the target and not this machine', async () => {
      const { output } = await one(`
      . /etc/os-release; echo "$ID $VERSION_ID"
      ls -A /mnt /media /srv /etc/apt /work /var/lib/dpkg ${bundle.folder} ${work} 2>/dev/null | grep -v :
      ls /home; cat /opt/parallelcluster/.bootstrapped
      ls /usr/local/share/ca-certificates /etc/pki/ca-trust/source/anchors | grep -v :
      hostname; id -u`);
      expect(output.split('\n').filter(Boolean)).toEqual([
        'amzn 2',
        'ec2-user',
        'aws-parallelcluster-cookbook-3.15.1',
        'ip-10-0-0-10',
        '0',
      ]);
    });

    it('gives scripts a clean environment, whatever the environment of bake is', async () => {
      const scripts = [{ name: 'it', text: 'unset PWD SHLVL; env | grep -v ^_= | sort; pwd' }];
      const env = {
        SSL_CERT_FILE: '/x',
        AWS_PROFILE: 'p',
        HTTPS_PROXY: 'http://p',
        NODE_EXTRA_CA_CERTS: '/x',
        FOO: 'bar',
      };
      const { results } = await rehearse({ scripts }, env);
      expect(results[0]?.output).toBe(
        'HOME=/root\nLANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/\n',
      );
    });

    it('has stdout and stderr that can be opened, and an empty stdin', async () => {
      expect(
        (await one('echo a >/dev/stdout; echo b >/dev/stderr; cat; read -r x || echo c; : </dev/zero'))
          .output,
      ).toBe('a\nb\nc\n');
    });

    it('never reads the output of a script as a result', async () => {
      const { results } = await rehearse({
        scripts: [
          {
            name: 'it',
            text: 'echo "done 0"; echo "done 0" >&4; echo "done 0" >&5; ls /proc/self/fd; exit 5',
          },
        ],
      });
      expect(results[0]).toMatchObject({ outcome: 'failed', exitCode: 5 });
      expect(results[0]?.output).not.toMatch(/^[45]$/m);
    });

    it('ends processes that a script left running before the next script starts', async () => {
      const { results } = await rehearse({
        scripts: [
          { name: 'a', text: 'sleep 600 & setsid sleep 600 & echo on' },
          { name: 'b', text: 'cat /proc/[0-9]*/comm 2>/dev/null | grep -c sleep' },
        ],
        keepGoing: true,
      });
      expect(results.map((result) => result.output)).toEqual(['on\n', '0\n']);
    });

    it('stops a script that takes too long, and says so', async () => {
      const result = await one('trap "" TERM; echo begun; sleep 600', { timeoutSeconds: 1 });
      expect(result).toMatchObject({
        outcome: 'failed',
        reason: 'it ran longer than 1 s',
        output: 'begun\n',
      });
    });

    it('skips a script whose program is missing, names the program, and skips scripts that depend on it', async () => {
      const { results } = await rehearse({
        scripts: [
          { name: 'trust', text: `${header({ id: 'trust', family: ['update-ca-trust'] })}echo ran` },
          { name: 'row', text: `${header({ kind: 'row', id: 'row', after: ['trust'] })}echo ran` },
          { name: 'odd', text: `${header({ id: 'odd', programs: ['no-such-program'] })}echo ran` },
          { name: 'fine', text: `${header({ id: 'fine', programs: ['sed'], after: ['mirrors'] })}echo ran` },
        ],
      });
      expect(results.map(({ outcome, reason, output }) => ({ outcome, reason, output }))).toEqual([
        { outcome: 'skipped', reason: 'update-ca-trust is not on this machine (debian family)', output: '' },
        { outcome: 'skipped', reason: 'step trust was skipped', output: '' },
        { outcome: 'skipped', reason: 'no-such-program is not on this machine', output: '' },
        { outcome: 'passed', reason: undefined, output: 'ran\n' },
      ]);
    });

    it('runs a script whose program was installed by an earlier step', async () => {
      const { results } = await rehearse({
        scripts: [
          {
            name: 'a',
            text: 'printf "#!/bin/sh\\necho hello\\n" >/usr/local/bin/brought; chmod 755 /usr/local/bin/brought',
          },
          { name: 'b', text: `${header({ programs: ['brought'] })}brought` },
        ],
      });
      expect(results[1]).toMatchObject({ outcome: 'passed', output: 'hello\n' });
    });

    it('fails a skipped script that bash cannot read', async () => {
      const result = await one(`${header({ family: ['yum'] })}if true; then`);
      expect(result).toMatchObject({ outcome: 'failed', reason: 'bash cannot parse it' });
      expect(result.output).toContain('syntax error');
    });

    it('skips a script that needs root only when root is not available', async () => {
      const result = await one(
        `${header({ root: true })}chown 1000:1000 /etc/hosts && stat -c %u /etc/hosts`,
      );
      const { outcome, reason, output } = result;
      expect({ outcome, reason, output }).toEqual(
        who === 'root'
          ? { outcome: 'passed', reason: undefined, output: '1000\n' }
          : { outcome: 'skipped', reason: 'root is not available on this machine', output: '' },
      );
    });

    it('has no network', async () => {
      const server: Server = createServer().listen(0, '0.0.0.0');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const own = Object.values(networkInterfaces())
        .flatMap((list) => list ?? [])
        .filter((each) => each.family === 'IPv4');
      const attempts = ['192.0.2.1', '8.8.8.8', ...own.map((each) => each.address)]
        .map((address) => `(: >/dev/tcp/${address}/${port}) 2>/dev/null && echo reached ${address}`)
        .join('\n');
      const result = await one(
        `${attempts}\n(echo x >/dev/udp/8.8.8.8/53) 2>/dev/null && echo sent\ncat /proc/net/dev | tail -n +3 | cut -d: -f1`,
      );
      server.close();
      expect(result.output.trim()).toBe('lo');
    });

    it('cannot leave its root filesystem or change the kernel', async () => {
      const { output } = await one(`
      ls /proc/1/root/ 2>/dev/null
      perl -e 'mkdir "/jail"; chroot "/jail" or die; chdir ".." for 1 .. 64; chroot "."; print "escaped\\n" if -e shift' ${work}
      mount -t tmpfs tmpfs /mnt 2>/dev/null && echo mounted
      umount /usr 2>/dev/null && echo unmounted
      mknod /tmp/disk b 254 0 2>/dev/null && echo made a node
      old=$(cat /proc/sys/vm/swappiness); (echo "$old" >/proc/sys/vm/swappiness) 2>/dev/null && echo wrote sysctl
      (echo h >/proc/sysrq-trigger) 2>/dev/null && echo pulled sysrq
      (echo x >/run/bake/0) 2>/dev/null && echo wrote script
      chmod 600 /dev/null 2>/dev/null; chmod 600 /proc/keys 2>/dev/null
      kill -9 1; true`);
      expect(output).toBe('');
      expect((await fs.stat('/dev/null')).mode & 0o777).toBe(0o666);
    });

    it('refuses an unknown network namespace instead of running without it', async () => {
      await expect(rehearse({ scripts: [], network: 'no-such-namespace' })).rejects.toThrow(
        'REHEARSAL_REFUSED',
      );
      await expect(rehearse({ scripts: [], network: '../x' })).rejects.toThrow('is not a valid name');
    });

    it('saves its layer and starts from it again', async () => {
      const save = path.join(work, `layer of ${who}.tar`);
      const makes =
        'echo kept >/etc/kept; rm /etc/hosts; echo p >/usr/local/bin/p; rm -r /etc/pki; mkdir /etc/pki; echo n >/etc/pki/new';
      const removes = rung ? '' : '; rm /usr/bin/true; rm -r /usr/share/doc; mkdir /usr/share/doc';
      const saved = await rehearse({ scripts: [{ name: 'a', text: makes + removes }], save });
      expect(saved.results[0]).toMatchObject({ outcome: 'passed' });
      expect(await fs.readdir(work)).not.toContain(`${path.basename(save)}.part`);
      const looks =
        'cat /etc/kept /usr/local/bin/p; ls /etc/hosts /usr/bin/true 2>/dev/null; ls /etc/pki /usr/share/doc | head -5';
      const result = await one(looks, { layer: save });
      const left = rung ? ['/usr/bin/true', '/etc/pki:', 'new'] : ['/etc/pki:', 'new', '', '/usr/share/doc:'];
      expect(result.output.split('\n').slice(0, 2 + left.length)).toEqual(['kept', 'p', ...left]);
    });

    it('refuses a file that is not a layer, and a layer of another target', async () => {
      const noLayer = path.join(work, `no layer of ${who}`);
      await fs.writeFile(noLayer, 'nothing');
      await expect(rehearse({ scripts: [], layer: noLayer })).rejects.toThrow(
        'it is not a layer that bake saved',
      );
      const save = path.join(work, `other ${who}.tar`);
      await rehearse({ scripts: [], save });
      await expect(rehearse({ scripts: [], layer: save, target: ubuntu })).rejects.toThrow(
        'it was saved with os alinux2, this rehearsal has os ubuntu2204',
      );
      await expect(rehearse({ scripts: [], layer: path.join(work, 'absent') })).rejects.toThrow(
        'FILE_MISSING',
      );
    });

    it('leaves this machine as it was: files, mounts, processes', async () => {
      const before = await snapshotMachine();
      const mountsBefore = await mounts();
      const scripts = [
        {
          name: 'a',
          text: 'echo x >>/etc/passwd; rm -rf /etc/ssl /usr/local /opt /home /root /var/lib; touch /etc/new /opt/new; useradd bob',
        },
        { name: 'b', text: 'ami_cleanup.sh; rm -rf /var /etc; true' },
      ];
      for (const target of [alinux2, ubuntu]) await rehearse({ target, scripts, keepGoing: true });
      expect(await snapshotMachine()).toEqual(before);
      expect(await mounts()).toBe(mountsBefore);
    });
  },
);
