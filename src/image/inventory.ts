/** Owns the inventory part: the list of packages an image has, told to the outside for the SBOM. */
import type { ImageInputs } from './inputs.ts';
import type { Part } from './script.ts';

/** The name its data lines go by (report.ts). */
export const INVENTORY = 'inventory';

const QUERIES = {
  rhel: { kind: '^rpm', program: 'rpm', command: 'rpm -qa' },
  debian: { kind: '^deb', program: 'dpkg-query', command: 'dpkg-query -W' },
} satisfies Record<ImageInputs['os']['family'], object>;

/** The step runs wherever bash does and says what it lacks; the row wants packages. */
export function inventoryPart({ os }: ImageInputs): Part {
  const { kind, program, command } = QUERIES[os.family];
  return {
    steps: [
      {
        id: INVENTORY,
        title: 'inventory: packages, kernel and drivers for the SBOM',
        needs: { programs: ['gzip'] },
        template: 'inventory',
        context: { rpm: os.family === 'rhel' },
      },
    ],
    rows: [
      {
        id: INVENTORY,
        title: 'the packages of the image are listed',
        because: 'who is told of a vulnerability must know which images have it',
        command: `${command} | wc -l`,
        expected: 'the list at /opt/bakery/inventory, with packages in it',
        needs: { after: [INVENTORY], family: [program] },
        template: 'inventory',
        context: { kind },
      },
    ],
  };
}
