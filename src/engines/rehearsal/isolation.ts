/** Finds the isolation that this machine allows: tries the kinds of isolation in order, once per process. */
import { access, constants } from 'node:fs/promises';
import { platform } from 'node:os';
import path from 'node:path';

import type { Isolation } from './contract.ts';
import { machinePlan } from './machine.ts';
import { enterSpace, searchPath, SpaceRefused } from './namespace.ts';
import { planEntries } from './bundle.ts';
import { writeTar } from '../../util/tar.ts';

export interface Found {
  isolation: Isolation;
  /** Whether the kernel allows overlay mounts. If it does not, everything that must be writable is copied. */
  overlay: boolean;
  /** Why the machine refused, in its own words; only with isolation `none`. */
  why?: string | undefined;
}

/** The programs that every rehearsal needs. They come with util-linux, GNU coreutils, findutils, tar and bash. */
const PROGRAMS = ['bash', 'unshare', 'setpriv', 'mount', 'chroot', 'tar', 'timeout', 'find', 'xargs'];

const LADDER: readonly { isolation: 'root' | 'user'; overlay: boolean }[] = [
  { isolation: 'root', overlay: true },
  { isolation: 'root', overlay: false },
  { isolation: 'user', overlay: true },
  { isolation: 'user', overlay: false },
];

let found: Promise<Found> | undefined;

/** Returns what this machine allows. The first call tries it; later calls return the same answer. */
export function findIsolation(): Promise<Found> {
  found ??= climb();
  return found;
}

/** Returns the isolation for messages, without the details that only the engine needs. */
export async function probeIsolation(): Promise<{ isolation: Isolation; why?: string | undefined }> {
  const { isolation, why } = await findIsolation();
  return { isolation, why };
}

/** Finds a program on the PATH that rehearsals use. @returns its path */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of searchPath.split(':')) {
    const file = path.join(folder, name);
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}

async function climb(): Promise<Found> {
  const none = (why: string): Found => ({ isolation: 'none', overlay: false, why });
  if (platform() !== 'linux') return none(`${platform()} has no Linux namespaces`);
  for (const program of PROGRAMS) {
    if ((await findOnPath(program)) === undefined) return none(`${program} is not on this machine`);
  }
  const refusals = new Set<string>();
  for (const rung of LADDER) {
    try {
      await tryRung(rung);
      return rung;
    } catch (error) {
      if (!(error instanceof SpaceRefused)) throw error;
      refusals.add(`as ${rung.isolation}: ${error.message}`);
    }
  }
  return none([...refusals].join('; '));
}

async function tryRung(rung: { isolation: 'root' | 'user'; overlay: boolean }): Promise<void> {
  const space = await enterSpace({
    ...rung,
    probe: true,
    bundle: writeTar(planEntries(machinePlan(undefined))),
  });
  await space.close();
}
