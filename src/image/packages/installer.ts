/**
 * Plans the vendor installers of a packages step: each runs once, unattended, and its answer file is deleted
 * afterwards.
 */
import type { PackageInstall, PackagesInputs } from '../inputs.ts';
import { slug, withOwnIds } from '../script.ts';

export type Installer = Extract<PackageInstall, { installer: string }> & { id: string };

/** A piece of an argument: text, or the path of the answer file while the installer runs. */
export interface Piece {
  text: string;
  isAnswers: boolean;
}

const ANSWERS = '{answers}';

export function installersOf({ install }: PackagesInputs, id: string): Installer[] {
  return withOwnIds(
    install.flatMap((item) =>
      'installer' in item ? [{ ...item, id: `${id}-installer-${slug(item.installer)}` }] : [],
    ),
  );
}

/** Splits each argument into pieces, which the script joins into one word. */
export function argumentsOf({ arguments: words }: Installer): { pieces: Piece[] }[] {
  return words.map((word) => ({
    pieces: word
      .split(ANSWERS)
      .flatMap((text, index) => [
        ...(index > 0 ? [{ text: '', isAnswers: true }] : []),
        { text, isAnswers: false },
      ]),
  }));
}
