/** Bakes an image in a root filesystem of the lab: all scripts of its steps and rows, through the lab's network. */
import type { RehearsalRequest, RehearsalResult } from '../../../src/engines/rehearsal/contract.ts';
import { rehearse, scriptOf } from '../../../src/engines/rehearsal/rehearse.ts';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { imageParts } from '../../../src/image/parts.ts';
import type { Needs } from '../../../src/image/step.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { verifyRows } from '../../../src/image/verify.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { parallelcluster, rootOf, type Lab } from './lab.ts';

/** The script of a step or a row. */
export interface LabScript {
  id: string;
  kind: 'step' | 'row';
  needs: Needs;
  text: string;
  files?: RehearsalRequest['scripts'][number]['files'];
}

/** A leftover index: pip must not bypass the mirror. */
const LEFTOVER = {
  name: 'leftover',
  text: "echo 'PIP_EXTRA_INDEX_URL=https://elsewhere.example/simple' >> /etc/environment\n",
};

const templates = packagedTemplates();

/** The steps in order, then the rows. */
export function scriptsOf(inputs: ImageInputs): LabScript[] {
  return [
    ...imageSteps(imageParts(inputs), templates).map((step) => ({
      id: step.id,
      kind: 'step' as const,
      needs: step.needs,
      ...scriptOf(step),
    })),
    ...verifyRows(imageParts(inputs), templates).map(({ id, needs, script }) => ({
      id,
      kind: 'row' as const,
      needs,
      text: script,
    })),
  ];
}

/** Runs scripts in the root filesystem of an OS. @returns their results, in order */
export async function bakeInLab(
  lab: Lab,
  os: string,
  scripts: readonly LabScript[],
): Promise<RehearsalResult[]> {
  const { results } = await rehearse({
    target: { os, arch: 'x86_64', parallelcluster },
    rootfs: await rootOf(os),
    network: lab.network,
    scripts: [
      LEFTOVER,
      ...scripts.map(({ kind, id, text, files }) => ({ name: `${kind} ${id}`, text, files })),
    ],
    keepGoing: true,
  });
  return results.slice(1);
}

/** Descriptions of the results that did not pass. */
export function notPassedInLab(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason, output }) => `${name} ${outcome} ${reason ?? ''}: ${output.slice(-1200)}`);
}
