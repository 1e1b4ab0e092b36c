/**
 * Opens a lab: a mirror with TLS in a network namespace, and another namespace for rehearsals that reaches only the
 * mirror and counts every packet to another destination.
 *
 *     const lab = await openLab();            // in beforeAll; needs what noLab() looks for
 *     await rehearse({ target, rootfs: await rootOf('rocky9'), network: lab.network, scripts });
 *     expect(await lab.leaks()).toEqual([]);
 *     await lab.close();                      // in afterAll; a killed test leaves nothing behind either
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import { createInterface } from 'node:readline';
import path from 'node:path';

import { packagePath } from '../../../src/util/package-path.ts';
import { makeAuthority } from './lab-ca.ts';
import { readLeaks, forgetLeaks, type Leak } from './lab-leaks.ts';
import { mirrorFiles } from './lab-mirror.ts';
import { nginxConfiguration } from './lab-nginx.ts';

export { noLab } from './lab-programs.ts';
export { baseRoot, parallelcluster, rootOf } from './lab-roots.ts';
export { kernel } from './lab-packages.ts';
export type { Leak } from './lab-leaks.ts';

export interface Lab {
  /** The name of the namespace, for `rehearse({ network })`. */
  network: string;
  /** The root certificate of the mirror's CA (PEM); the server sends the intermediate. */
  caPem: string;
  /** `https://mirror.corp.example`: every layout of src/image/mirrors below it, e.g. /artifactory/ubuntu. */
  mirror: string;
  /** `https://leaf.corp.example`: a server whose CA is not trusted. */
  stranger: string;
  /** The public key of all packages and apt archives, armoured. */
  keyFile: string;
  /** The folder that nginx serves. A test may add files to `own/`, which `<mirror>/own/` serves. */
  own: string;
  /** Lines of nginx's access log so far: `METHOD host path status "agent"`. */
  requests(): Promise<string[]>;
  /** Packets that tried to leave since the start or `forget`; empty in a passing test. */
  leaks(): Promise<Leak[]>;
  /** Empties the counters and the access log. */
  forget(): Promise<void>;
  /** Runs a command in the mirror's namespace (`side` mirror) or where rehearsals run. */
  in(side: 'mirror' | 'bake', command: readonly string[]): string[];
  /** Ends the lab and waits until it is removed. */
  close(): Promise<void>;
}

/** Host names of the mirror's address; the certificate has all of them except the stranger's. */
const NAMES = ['mirror.corp.example', 'git.corp.example', 'registry.corp.example', 'proxy.corp.example'];
const STRANGERS = ['leaf.corp.example'];

/**
 * Opens a new lab; several may be open at the same time.
 * @throws Error with the output of the failed program
 */
export async function openLab(): Promise<Lab> {
  const { tree, keyFile } = await mirrorFiles();
  // In the system's temporary folder, not the tests': cleaning up killed tests must not remove this folder.
  const work = await fs.mkdtemp('/tmp/bake-lab-');
  const own = path.join(work, 'own');
  await fs.mkdir(own);
  const authority = await makeAuthority(path.join(work, 'ca'), NAMES, STRANGERS);
  await fs.writeFile(
    path.join(work, 'nginx.conf'),
    nginxConfiguration({ work, tree, own, servers: authority.servers, names: NAMES, strangers: STRANGERS }),
  );
  const space = await startSpace(work, [...NAMES, ...STRANGERS]);
  const network = `${space.name}-bake`;
  const log = path.join(work, 'access.log');
  return {
    network,
    caPem: authority.caPem,
    mirror: `https://${NAMES[0]}`,
    stranger: `https://${STRANGERS[0]}`,
    keyFile,
    own,
    requests: async () => (await fs.readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean),
    leaks: () => readLeaks(network),
    forget: async () => {
      await forgetLeaks(network);
      // nginx appends, so it continues at the new end.
      await fs.truncate(log).catch(() => {});
    },
    in: (side, command) => ['ip', 'netns', 'exec', `${space.name}-${side}`, ...command],
    close: () => space.close(),
  };
}

/** Starts lab-space.sh in its own session: ^C reaches only the test, and the script ends when its stdin ends. */
async function startSpace(
  work: string,
  names: readonly string[],
): Promise<{ name: string; close(): Promise<void> }> {
  const script = packagePath('test', 'lab', 'support', 'lab-space.sh');
  const hostname = await fs.readFile(packagePath('templates/skeleton/_common/root/etc/hostname'), 'utf8');
  const keeper = spawn('bash', ['--norc', script, work, names.join(' '), hostname.trim()], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  let errors = '';
  keeper.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  keeper.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => keeper.on('close', () => resolve()));
  const name = await new Promise<string>((resolve, reject) => {
    createInterface({ input: keeper.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    void ended.then(() => reject(new Error(`the lab did not start: ${errors.trim()}`)));
  });
  return {
    name,
    async close() {
      keeper.stdin.end();
      await ended;
    },
  };
}
