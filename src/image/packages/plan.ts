/** Plans one packages step: the values that its scripts and its rows share. */
import { sha256 } from '../../util/sha256.ts';
import type { ImageInputs, PackagesInputs } from '../inputs.ts';
import { slug } from '../script.ts';
import type { Needs } from '../step.ts';
import { type Installer, installersOf } from './installer.ts';
import { globsExpression, protections } from './protected.ts';

/** The values that all scripts of a packages step share. The OS decides the package manager. */
export interface PackagesPlan {
  id: string;
  request: PackagesInputs;
  installers: readonly Installer[];
  context: {
    apt: boolean;
    yum: boolean;
    tool: string;
    /** Regular expressions over package names, for awk. */
    fixed: string;
    held: string;
    needed: string;
    /** The globs of `fixed`, in the form that the package manager takes. */
    fixedNames: string;
    fixedList: readonly { name: string }[];
    /** The release package of the OS (dnf only); '' if its repositories follow no release. */
    releasePackage: string;
    /** Whether it has one. */
    pointed: boolean;
    /** The release that the recipe names, or ''; and whether commands name it: unversioned repositories have no latest. */
    release: string;
    named: boolean;
    /** Whether the repositories are those of the installed release: an upgrade must name the release to move to. */
    versioned: boolean;
    mixAllowed: boolean;
  };
}

export function planPackages(request: PackagesInputs, { os }: ImageInputs, id: string): PackagesPlan {
  const { fixed, installed, needed } = protections[os.family];
  const apt = os.packageTool === 'apt';
  const release = request.release ?? '';
  const versioned = os.releases?.versioned ?? false;
  const held = [...fixed, ...installed, ...request.hold];
  return {
    id,
    request,
    installers: installersOf(request, id),
    context: {
      apt,
      yum: os.packageTool === 'yum',
      tool: os.packageTool,
      fixed: globsExpression(fixed),
      held: globsExpression(held),
      needed: globsExpression([...held, ...needed]),
      fixedNames: fixed.join(apt ? ' ' : ','),
      fixedList: fixed.map((name) => ({ name })),
      releasePackage: os.releases?.package ?? '',
      pointed: os.packageTool === 'dnf' && os.releases !== undefined,
      release,
      named: release !== '' && (versioned || release !== 'latest'),
      versioned,
      mixAllowed: request.mix === 'allow',
    },
  };
}

/**
 * The packages that must keep the version of the base image. The release package of versioned repositories moves to the
 * release that the recipe names.
 */
export function keptBy({ context, request }: PackagesPlan): { held: string; fixed: string } {
  const { fixed, installed } = protections[context.apt ? 'debian' : 'rhel'];
  const stays = fixed.filter((name) => !moves(context) || !name.startsWith(context.releasePackage));
  return {
    held: globsExpression([...stays, ...installed, ...request.hold]),
    fixed: globsExpression(stays),
  };
}

function moves({ versioned, named }: PackagesPlan['context']): boolean {
  return versioned && named;
}

/** The programs that list the installed packages. */
export function listNeeds({ context }: PackagesPlan): Needs {
  return { family: [context.apt ? 'dpkg-query' : 'rpm'] };
}

/** The file that a step writes when it has finished, and its content, which changes with the recipe. */
export function markerOf(
  { id, request, context }: PackagesPlan,
  name: string,
): { marker: string; sha256: string } {
  const { install, remove, upgrade, hold, holds } = request;
  const text = JSON.stringify([name, context, install, remove, upgrade, hold, holds]);
  return { marker: `/opt/bakery/packages/${slug(id)}-${name}`, sha256: sha256(text) };
}

export function packageNamesOf({ install }: PackagesInputs): string[] {
  return install.flatMap((item) => ('name' in item ? [item.name] : []));
}

export function filePathsOf({ install }: PackagesInputs): string[] {
  return install.flatMap((item) => ('asset' in item ? [item.path] : []));
}
