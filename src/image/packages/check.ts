/** Owns what a packages step may not ask for: found before anything is rendered, all of it at once. */
import { BakeError, throwAll } from '../../errors/bake-error.ts';
import type { ImageInputs, PackageInstall, PackagesInputs } from '../inputs.ts';
import { matching, protections } from './protected.ts';

/** What each family's tool takes for a file rather than a name, and what it is called there. */
const FILE_ENDING = { rhel: '.rpm', debian: '.deb' } as const;

/** @throws BakeError CONFIG_VALUE, BakeErrors where there are several */
export function checkPackages(packages: PackagesInputs, inputs: ImageInputs): void {
  throwAll([
    ...packages.remove.flatMap((name) => removal(name, inputs)),
    ...packages.install.flatMap((item) => installation(item, inputs)),
  ]);
}

function removal(name: string, { os }: ImageInputs): BakeError[] {
  const { fixed, installed, needed } = protections[os.family];
  const glob = matching([...fixed, ...installed, ...needed], plainName(name));
  if (glob === undefined) return [];
  return [wrong('packages.remove', 'a package that ParallelCluster can do without', name, glob)];
}

function installation(item: PackageInstall, { os, assets }: ImageInputs): BakeError[] {
  if ('name' in item) {
    const { fixed } = protections[os.family];
    const glob = matching(fixed, plainName(item.name));
    if (glob !== undefined)
      return [
        wrong('packages.install', "a package that leaves ParallelCluster's kernel alone", item.name, glob),
      ];
    if (os.family === 'debian' && item.name.startsWith('@'))
      return [wrong('packages.install', 'a package name (apt knows no groups)', item.name)];
    return [];
  }
  const path = 'packages.install';
  if ('asset' in item) {
    const ending = FILE_ENDING[os.family];
    if (item.path.endsWith(ending)) return [];
    return [
      wrong(path, `an asset whose path ends in ${ending}, for ${os.id}`, `${item.asset} at ${item.path}`),
    ];
  }
  const mode = assets.find((asset) => asset.path === item.path)?.mode ?? '0755';
  if ((Number.parseInt(mode, 8) & 0o100) !== 0) return [];
  return [
    wrong(path, 'an installer with a mode such as 0755 in assets.yaml', `${item.installer} with ${mode}`),
  ];
}

/** Without version and architecture, which apt writes behind `=` and `:`. */
function plainName(name: string): string {
  return name.replace(/[=:].*$/, '');
}

function wrong(path: string, expected: string, found: string, glob?: string): BakeError {
  const why = glob === undefined ? '' : ` (it needs ${glob})`;
  return new BakeError('CONFIG_VALUE', { path, expected: `${expected}${why}`, found });
}
