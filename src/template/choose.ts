/** Chooses the OS, architecture, release and Region of a template from the command line, the config and bakery.yaml. Pure. */
import { BakeError, throwAll } from '../errors/bake-error.ts';
import { makeTarget, type Target } from '../os/target.ts';
import { findOs } from '../os/index.ts';
import { compareReleases, newestRelease } from '../os/releases.ts';
import { architectureOf } from '../cluster/architecture.ts';
import { familyText, type ImageFamily } from '../os/family.ts';

/** The options of the command line. */
export interface TemplateOptions {
  os?: string | undefined;
  arch?: string | undefined;
  parallelcluster?: string | undefined;
  region?: string | undefined;
}

/** The facts in the config. */
export interface ConfigFacts {
  os?: string | undefined;
  region?: string | undefined;
  /** The instance types of its nodes. */
  instanceTypes?: readonly string[] | undefined;
}

export interface Chosen {
  os: string;
  arch: string;
  parallelcluster: string;
  region: string;
}

/** @throws BakeError USAGE if command line and config contradict each other */
export function chooseRegion(
  options: TemplateOptions,
  config: ConfigFacts,
  targets: readonly Target[],
): string {
  if (options.region !== undefined && config.region !== undefined && options.region !== config.region) {
    throw usage(`--region: expected ${config.region} as in the config, found ${options.region}`);
  }
  return options.region ?? config.region ?? targets[0]?.regions[0] ?? 'us-east-1';
}

/** @throws BakeError USAGE if command line and config contradict each other, or neither names an OS */
export function chooseOs(options: TemplateOptions, config: ConfigFacts): string {
  if (options.os !== undefined && config.os !== undefined && options.os !== config.os) {
    throw usage(`--os: expected ${config.os} as in Image.Os of the config, found ${options.os}`);
  }
  const os = options.os ?? config.os;
  if (os === undefined) throw usage('the config has no Image.Os; name it with --os');
  return os;
}

/**
 * The architecture of all instance types in the config; undefined: there are none, or they differ.
 * @throws BakeError USAGE if --arch does not match them
 */
export function chooseArch(
  options: TemplateOptions,
  { instanceTypes = [] }: ConfigFacts,
): string | undefined {
  const [arch, other] = new Set(instanceTypes.flatMap((type) => architectureOf(type) ?? []));
  if (arch === undefined || other !== undefined) return undefined;
  if (options.arch === undefined || options.arch === arch) return arch;
  const types = instanceTypes.slice(0, 3).join(', ');
  throw usage(
    `--arch: expected ${arch} as the instance types in the config (${types}), found ${options.arch}`,
  );
}

/**
 * Chooses the release and the architecture: from the options, else from the images in the config, else from its instance
 * types and the newest target of that OS.
 * @param families of the known ids in the config
 * @throws BakeError, BakeErrors USAGE if the images contradict each other; as makeTarget if there is no such target
 */
export function choose(
  options: TemplateOptions,
  { os, region, arch: configArch }: { os: string; region: string; arch?: string | undefined },
  families: readonly ImageFamily[],
  targets: readonly Target[],
): Chosen {
  const ours = families.filter(({ official, os: of }) => official !== true && of === os);
  const listed = targets
    .filter((target) => target.os.id === os && (options.arch ?? configArch ?? target.arch) === target.arch)
    .sort((a, b) => compareReleases(b.parallelcluster, a.parallelcluster));
  const arch =
    options.arch ??
    single(ours, 'arch', '--arch') ??
    configArch ??
    listed[0]?.arch ??
    targets[0]?.arch ??
    'x86_64';
  const same = listed.find((target) => target.arch === arch);
  const parallelcluster =
    options.parallelcluster ?? single(ours, 'parallelcluster', '--parallelcluster') ?? same?.parallelcluster;
  const made = makeTarget({ os, arch, parallelcluster, regions: [region] });
  if (!('errors' in made)) return { os, arch, parallelcluster: made.target.parallelcluster, region };
  // A base image is needed to bake, but not to refer to an image.
  throwAll(made.errors.filter(({ code }) => code !== 'BASE_NEEDED'));
  return { os, arch, parallelcluster: parallelcluster ?? findOs(os)?.last ?? newestRelease, region };
}

function single(
  families: readonly ImageFamily[],
  part: 'arch' | 'parallelcluster',
  option: string,
): string | undefined {
  const values = new Set(families.map((family) => family[part]));
  if (values.size < 2) return [...values][0];
  const found = [...new Set(families.map(familyText))].join(', ');
  throw usage(`the images in the config belong to several families (${found}); choose one with ${option}`);
}

function usage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'template' });
}
