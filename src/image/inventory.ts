/** Builds the inventory part: the image reports its list of packages, from which bake writes the SBOM. */
import type { ImageInputs } from './inputs.ts';
import type { ImagePart } from './script.ts';

/** The name of its data lines (report.ts). */
export const INVENTORY = 'inventory';

const QUERIES = {
  rhel: { kind: '^rpm', program: 'rpm', command: 'rpm -qa' },
  debian: { kind: '^deb', program: 'dpkg-query', command: 'dpkg-query -W' },
} satisfies Record<ImageInputs['os']['family'], object>;

/** The step runs wherever bash runs and reports which programs are missing; the row requires packages. */
export function inventoryPart({ os }: ImageInputs): ImagePart {
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
        title: 'the image reports its packages',
        because: 'after a vulnerability report, you must know which images are affected',
        command: `${command} | wc -l`,
        expected: 'the list at /opt/bakery/inventory contains packages',
        needs: { after: [INVENTORY], family: [program] },
        template: 'inventory',
        context: { kind },
      },
    ],
  };
}
