/** Owns what a packages step may not ask for: found before anything is rendered, all of it at once. */
import type { Path } from '../../config/path.ts';
import { type BakeError, throwAll } from '../../errors/bake-error.ts';
import type { ImageInputs, PackageInstall, PackagesInputs } from '../inputs.ts';
import { refused } from '../refuse.ts';
import { matching, protections } from './protected.ts';

/** What each family's tool takes for a file rather than a name, and what it is called there. */
const FILE_ENDING = { rhel: '.rpm', debian: '.deb' } as const;

/**
 * @param at where the step stands in the recipe
 * @throws BakeError CONFIG_VALUE, BakeErrors where there are several
 */
export function checkPackages(packages: PackagesInputs, inputs: ImageInputs, at: Path): void {
  throwAll([
    ...packages.remove.flatMap((name) => removal(name, inputs, [...at, 'packages', 'remove'])),
    ...packages.install.flatMap((item, index) =>
      installation(item, inputs, [...at, 'packages', 'install', index]),
    ),
  ]);
}

function removal(name: string, { os }: ImageInputs, at: Path): BakeError[] {
  const { fixed, installed, needed } = protections[os.family];
  const glob = matching([...fixed, ...installed, ...needed], plainName(name));
  if (glob === undefined) return [];
  return [refused(at, `a package that ParallelCluster can do without (it needs ${glob})`, name, name)];
}

function installation(item: PackageInstall, { os, assets }: ImageInputs, at: Path): BakeError[] {
  if ('name' in item) {
    const { fixed } = protections[os.family];
    const glob = matching(fixed, plainName(item.name));
    if (glob !== undefined)
      return [
        refused(at, `a package that leaves ParallelCluster's kernel alone (it needs ${glob})`, item.name),
      ];
    if (os.family === 'debian' && item.name.startsWith('@'))
      return [refused(at, 'a package name (apt knows no groups)', item.name)];
    return [];
  }
  if ('asset' in item) {
    const ending = FILE_ENDING[os.family];
    if (item.path.endsWith(ending)) return [];
    return [
      refused(at, `an asset whose path ends in ${ending}, for ${os.id}`, `${item.asset} at ${item.path}`),
    ];
  }
  const mode = assets.find((asset) => asset.path === item.path)?.mode ?? '0755';
  if ((Number.parseInt(mode, 8) & 0o100) !== 0) return [];
  return [
    refused(at, 'an installer with a mode such as 0755 in assets.yaml', `${item.installer} with ${mode}`),
  ];
}

/** Without version and architecture, which apt writes behind `=` and `:`. */
function plainName(name: string): string {
  return name.replace(/[=:].*$/, '');
}
