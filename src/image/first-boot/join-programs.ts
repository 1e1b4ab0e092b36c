/** Owns that what joins a domain is in the image: said by a step behind all others, not an hour later by the verify list. */
import type { ImageInputs } from '../inputs.ts';
import type { Part } from '../script.ts';

const ID = 'first-boot-join-programs';
/** What the base image lacks, and what the recipe's packages must bring. */
const INSTALLED = ['adcli', 'sssd', 'aws'];

/** Behind every step that may install them; nothing where no node joins a domain. */
export function joinProgramsPart({ recipe }: ImageInputs): Part {
  const joins = recipe.some((step) => 'firstBoot' in step && step.firstBoot.some((one) => 'use' in one));
  if (!joins) return { steps: [], rows: [] };
  return {
    steps: [
      {
        id: ID,
        title: 'first boot: what joins a domain is here',
        needs: { family: INSTALLED },
        template: ID,
        context: {},
      },
    ],
    rows: [
      {
        id: ID,
        title: 'what joins a domain is in the image',
        because: 'a node that has to fetch it first joins nothing while the mirror is away',
        command: 'command -v adcli sssd aws',
        expected: 'adcli, sssd and aws',
        needs: { after: [ID], family: INSTALLED },
        template: ID,
        context: {},
      },
    ],
  };
}
