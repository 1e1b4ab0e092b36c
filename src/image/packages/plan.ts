/** Owns what all steps and rows of one packages step go by. */
import { sha256 } from '../../util/sha256.ts';
import type { ImageInputs, PackagesInputs } from '../inputs.ts';
import { slug } from '../script.ts';
import type { Needs } from '../step.ts';
import { type Installer, installersOf } from './installer.ts';
import { globsExpression, protections } from './protected.ts';

/** What all scripts of a packages step go by; `os` decides the tool. */
export interface PackagesPlan {
  id: string;
  wish: PackagesInputs;
  installers: readonly Installer[];
  context: {
    apt: boolean;
    yum: boolean;
    tool: string;
    /** Expressions over package names, for awk. */
    fixed: string;
    held: string;
    needed: string;
    /** The globs of `fixed`, as each tool takes them. */
    fixedNames: string;
    fixedList: readonly { name: string }[];
  };
}

export function planPackages(wish: PackagesInputs, { os }: ImageInputs, id: string): PackagesPlan {
  const { fixed, installed, needed } = protections[os.family];
  const apt = os.packageTool === 'apt';
  const held = [...fixed, ...installed, ...wish.hold];
  return {
    id,
    wish,
    installers: installersOf(wish, id),
    context: {
      apt,
      yum: os.packageTool === 'yum',
      tool: os.packageTool,
      fixed: globsExpression(fixed),
      held: globsExpression(held),
      needed: globsExpression([...held, ...needed]),
      fixedNames: fixed.join(apt ? ' ' : ','),
      fixedList: fixed.map((name) => ({ name })),
    },
  };
}

/** What it takes to list the packages. */
export function listing({ context }: PackagesPlan): Needs {
  return { family: [context.apt ? 'dpkg-query' : 'rpm'] };
}

/** Where a step leaves word that it ran to its end, and which word: a changed recipe is another one. */
export function done({ id, wish, context }: PackagesPlan, name: string): { marker: string; sha256: string } {
  const { install, remove, upgrade, hold, holds } = wish;
  const text = JSON.stringify([name, context, install, remove, upgrade, hold, holds]);
  return { marker: `/opt/bakery/packages/${slug(id)}-${name}`, sha256: sha256(text) };
}

export function namesOf({ install }: PackagesInputs): string[] {
  return install.flatMap((item) => ('name' in item ? [item.name] : []));
}

export function filesOf({ install }: PackagesInputs): string[] {
  return install.flatMap((item) => ('asset' in item ? [item.path] : []));
}
