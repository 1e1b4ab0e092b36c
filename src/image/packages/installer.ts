/** Owns vendors' own installers among the packages: run unattended, once, their answers gone afterwards. */
import type { PackageInstall, PackagesInputs } from '../inputs.ts';
import { slug, withOwnIds } from '../script.ts';

export type Installer = Extract<PackageInstall, { installer: string }> & { id: string };

/** What an argument is made of: text, or the path of the answer file while the installer runs. */
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

/** One word each: its pieces stand beside each other in the script. */
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
