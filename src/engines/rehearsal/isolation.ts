/** Finds the strongest isolation that this machine allows, by trying each kind once per process. */
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
  /** The kernel lets us lay a writable layer over a folder; else what must be writable is copied. */
  overlay: boolean;
  /** With isolation `none`: what refused, in its own words. */
  why?: string | undefined;
}

/** Without these nothing can be rehearsed; util-linux, GNU coreutils, tar and bash on any Linux. */
const PROGRAMS = ['bash', 'unshare', 'setpriv', 'mount', 'chroot', 'tar', 'timeout', 'find', 'xargs'];

const LADDER: readonly { isolation: 'root' | 'user'; overlay: boolean }[] = [
  { isolation: 'root', overlay: true },
  { isolation: 'root', overlay: false },
  { isolation: 'user', overlay: true },
  { isolation: 'user', overlay: false },
];

let found: Promise<Found> | undefined;

/** What this machine allows, found by trying and remembered for this process. */
export function findIsolation(): Promise<Found> {
  found ??= climb();
  return found;
}

/** The answer of findIsolation for doctors and progress: no more than they need. */
export async function probeIsolation(): Promise<{ isolation: Isolation; why?: string | undefined }> {
  const { isolation, why } = await findIsolation();
  return { isolation, why };
}

/** Where a program is, on the PATH that rehearsals use. */
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
