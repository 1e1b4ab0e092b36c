/** Checks a packages step before it is rendered, and reports everything that it may not ask for at once. */
import type { Path } from '../../config/path.ts';
import { type BakeError, throwAll } from '../../errors/bake-error.ts';
import type { ImageInputs, PackageInstall, PackagesInputs } from '../inputs.ts';
import { refused } from '../refuse.ts';
import { matching, protections } from './protected.ts';

/** The extension that makes each family's package manager treat an argument as a file and not as a name. */
const FILE_ENDING = { rhel: '.rpm', debian: '.deb' } as const;

/**
 * @param at the step's path in the recipe
 * @throws BakeError CONFIG_VALUE, BakeErrors if there are several
 */
export function checkPackages(packages: PackagesInputs, inputs: ImageInputs, at: Path): void {
  throwAll([
    ...release(packages, inputs, [...at, 'packages', 'release']),
    ...packages.remove.flatMap((name) => removal(name, inputs, [...at, 'packages', 'remove'])),
    ...packages.install.flatMap((item, index) =>
      installation(item, inputs, [...at, 'packages', 'install', index]),
    ),
  ]);
}

function release({ release: name, upgrade }: PackagesInputs, { os }: ImageInputs, at: Path): BakeError[] {
  if (name === undefined || (name === 'latest' && os.releases?.versioned !== true)) return [];
  if (os.releases === undefined)
    return [refused(at, `latest: the repositories of ${os.id} have no releases to choose from`, name)];
  if (!new RegExp(os.releases.names).test(name))
    return [refused(at, `a release of ${os.id}: ${os.releases.example}`, name)];
  if (os.releases.versioned && upgrade === 'none')
    return [refused(at, 'upgrade: security or all beside release, which otherwise moves nothing', name)];
  return [];
}

function removal(name: string, { os }: ImageInputs, at: Path): BakeError[] {
  const { fixed, installed, needed } = protections[os.family];
  const glob = matching([...fixed, ...installed, ...needed], plainName(name));
  if (glob === undefined) return [];
  return [refused(at, `a package that ParallelCluster does not need (it needs ${glob})`, name, name)];
}

function installation(item: PackageInstall, { os, assets }: ImageInputs, at: Path): BakeError[] {
  if ('name' in item) {
    const { fixed } = protections[os.family];
    const glob = matching(fixed, plainName(item.name));
    if (glob !== undefined)
      return [
        refused(at, `a package other than ${glob}, which is part of ParallelCluster's kernel`, item.name),
      ];
    if (os.family === 'debian' && item.name.startsWith('@'))
      return [refused(at, 'a package name (apt has no groups)', item.name)];
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

/** The name without version and architecture, which apt writes after `=` and `:`. */
function plainName(name: string): string {
  return name.replace(/[=:].*$/, '');
}
