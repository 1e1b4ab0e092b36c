/**
 * Checks that the image has the programs that join a domain. A step does so after all others, so that the bake fails
 * there and not an hour later in the verify list.
 */
import type { ImageInputs } from '../inputs.ts';
import type { ImagePart } from '../script.ts';

const ID = 'first-boot-join-programs';
/** The base image does not have these programs; the recipe's packages must install them. */
const INSTALLED = ['adcli', 'sssd', 'aws'];

/** Runs after every step that may install the programs. Empty if no node joins a domain. */
export function joinProgramsPart({ recipe }: ImageInputs): ImagePart {
  const joins = recipe.some((step) => 'firstBoot' in step && step.firstBoot.some((one) => 'use' in one));
  if (!joins) return { steps: [], rows: [] };
  return {
    steps: [
      {
        id: ID,
        title: 'first boot: the programs that join a domain are installed',
        needs: { family: INSTALLED },
        template: ID,
        context: {},
      },
    ],
    rows: [
      {
        id: ID,
        title: 'the image has the programs that join a domain',
        because: 'a node that has to install them first cannot join while the mirror is down',
        command: 'command -v adcli sssd aws',
        expected: 'adcli, sssd and aws',
        needs: { after: [ID], family: INSTALLED },
        template: ID,
        context: {},
      },
    ],
  };
}
