/**
 * Owns the lab: a mirror behind TLS in a network namespace, and another namespace for rehearsals that reaches nothing
 * else and counts every packet that tried to.
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
  /** Name of the namespace for `rehearse({ network })`. */
  network: string;
  /** Root certificate of the mirror's authority, PEM: the intermediate is in the handshake, as it should be. */
  caPem: string;
  /** `https://mirror.corp.example`: every layout of src/image/mirrors below it, e.g. /artifactory/ubuntu. */
  mirror: string;
  /** `https://leaf.corp.example`: a server whose authority nobody trusts. */
  stranger: string;
  /** Public key that all packages and apt's archives are signed with, armoured. */
  keyFile: string;
  /** What nginx serves, a folder: a test may put files of its own into `own/`, seen below `<mirror>/own/`. */
  own: string;
  /** Lines of nginx's access log so far: `METHOD host path status "agent"`. */
  requests(): Promise<string[]>;
  /** What tried to leave since the start or `forget`: nothing is what it should be. */
  leaks(): Promise<Leak[]>;
  /** Empties the counters and the access log. */
  forget(): Promise<void>;
  /** Runs a command in the mirror's namespace (`side` mirror) or where rehearsals run. */
  in(side: 'mirror' | 'bake', command: readonly string[]): string[];
  /** Ends all of it, and waits until it is gone. */
  close(): Promise<void>;
}

/** Names of the mirror's address; the certificate has all of them but the stranger's. */
const NAMES = ['mirror.corp.example', 'git.corp.example', 'registry.corp.example', 'proxy.corp.example'];
const STRANGERS = ['leaf.corp.example'];

/**
 * Opens a lab of its own: several may be open at once.
 * @throws Error with the words of the program that failed
 */
export async function openLab(): Promise<Lab> {
  const { tree, keyFile } = await mirrorFiles();
  // Beside the system's temporary files, not the tests': whoever kills those must not take our keeper's folder.
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
      // nginx appends: it goes on at the new end.
      await fs.truncate(log).catch(() => {});
    },
    in: (side, command) => ['ip', 'netns', 'exec', `${space.name}-${side}`, ...command],
    close: () => space.close(),
  };
}

/** The keeper (lab-space.sh) in a session of its own: ^C reaches the test, and the end of its stdin the keeper. */
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
  let said = '';
  keeper.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  keeper.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => keeper.on('close', () => resolve()));
  const name = await new Promise<string>((resolve, reject) => {
    createInterface({ input: keeper.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    void ended.then(() => reject(new Error(`no lab: ${said.trim()}`)));
  });
  return {
    name,
    async close() {
      keeper.stdin.end();
      await ended;
    },
  };
}
