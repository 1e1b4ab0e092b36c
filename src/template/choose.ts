/** Owns what a template is made for, when not all of it was said: OS, architecture, release, Region. Pure. */
import { BakeError, throwAll } from '../errors/bake-error.ts';
import { makeTarget, type Target } from '../os/target.ts';
import { findOs } from '../os/index.ts';
import { compareVersions, newestRelease } from '../os/releases.ts';
import { architectureOf } from '../cluster/architecture.ts';
import { familyText, type Family } from '../os/family.ts';

/** What the command line says; absent: not said. */
export interface Told {
  os?: string | undefined;
  arch?: string | undefined;
  parallelcluster?: string | undefined;
  region?: string | undefined;
}

/** What the config says of itself. */
export interface ConfigSays {
  os?: string | undefined;
  region?: string | undefined;
  /** Of its machines. */
  instanceTypes?: readonly string[] | undefined;
}

export interface Chosen {
  os: string;
  arch: string;
  parallelcluster: string;
  region: string;
}

/** @throws BakeError USAGE where command line and config contradict each other */
export function chooseRegion(told: Told, config: ConfigSays, targets: readonly Target[]): string {
  if (told.region !== undefined && config.region !== undefined && told.region !== config.region) {
    throw usage(`--region: expected ${config.region}, as the config says, found ${told.region}`);
  }
  return told.region ?? config.region ?? targets[0]?.regions[0] ?? 'us-east-1';
}

/** @throws BakeError USAGE where command line and config contradict each other, or nobody says it */
export function chooseOs(told: Told, config: ConfigSays): string {
  if (told.os !== undefined && config.os !== undefined && told.os !== config.os) {
    throw usage(`--os: expected ${config.os}, as Image.Os of the config says, found ${told.os}`);
  }
  const os = told.os ?? config.os;
  if (os === undefined) throw usage('the config has no Image.Os; name it with --os');
  return os;
}

/**
 * That of all instance types of the config; undefined: it names none, or some of each.
 * @throws BakeError USAGE where --arch fits none of them
 */
export function chooseArch(told: Told, { instanceTypes = [] }: ConfigSays): string | undefined {
  const [arch, other] = new Set(instanceTypes.flatMap((type) => architectureOf(type) ?? []));
  if (arch === undefined || other !== undefined) return undefined;
  if (told.arch === undefined || told.arch === arch) return arch;
  const types = instanceTypes.slice(0, 3).join(', ');
  throw usage(`--arch: expected ${arch}, as the config's instance types are (${types}), found ${told.arch}`);
}

/**
 * Release and architecture: as told; else those of the config's own images; else by its instance types, and of the newest target of that OS.
 * @param families of the ids in the config that are known
 * @throws BakeError, BakeErrors USAGE where images contradict each other; as makeTarget where there is no such target
 */
export function choose(
  told: Told,
  { os, region, arch: its }: { os: string; region: string; arch?: string | undefined },
  families: readonly Family[],
  targets: readonly Target[],
): Chosen {
  const ours = families.filter(({ official, os: of }) => official !== true && of === os);
  const listed = targets
    .filter((target) => target.os.id === os && (told.arch ?? its ?? target.arch) === target.arch)
    .sort((a, b) => compareVersions(b.parallelcluster, a.parallelcluster));
  const arch =
    told.arch ?? single(ours, 'arch', '--arch') ?? its ?? listed[0]?.arch ?? targets[0]?.arch ?? 'x86_64';
  const same = listed.find((target) => target.arch === arch);
  const parallelcluster =
    told.parallelcluster ?? single(ours, 'parallelcluster', '--parallelcluster') ?? same?.parallelcluster;
  const made = makeTarget({ os, arch, parallelcluster, regions: [region] });
  if (!('errors' in made)) return { os, arch, parallelcluster: made.target.parallelcluster, region };
  // An OS without an official image needs one to be baked, not to be referred to.
  throwAll(made.errors.filter(({ code }) => code !== 'BASE_NEEDED'));
  return { os, arch, parallelcluster: parallelcluster ?? findOs(os)?.last ?? newestRelease, region };
}

function single(
  families: readonly Family[],
  part: 'arch' | 'parallelcluster',
  option: string,
): string | undefined {
  const values = new Set(families.map((family) => family[part]));
  if (values.size < 2) return [...values][0];
  const found = [...new Set(families.map(familyText))].join(', ');
  throw usage(`the config's images are of more than one kind (${found}); name the cluster's with ${option}`);
}

function usage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'template' });
}
