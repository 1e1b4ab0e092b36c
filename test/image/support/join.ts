/** Runs one function of the rendered join step. */
import { spawnSync } from 'node:child_process';
import { imageParts } from '../../../src/image/parts.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs } from './inputs.ts';

let rendered: string | undefined;

/** The text of a function of the step; throws if there is no such function. */
export function functionOf(name: string): string {
  rendered ??= imageSteps(imageParts(fullInputs('rocky9')), packagedTemplates()).find(
    ({ id }) => id === 'first-boot-01-joinDomain',
  )?.script;
  const found = new RegExp(`^${name}\\(\\) \\{\\n[^]*?^\\}$`, 'm').exec(rendered ?? '')?.[0];
  if (found === undefined) throw new Error(`the join step has no function ${name}`);
  return found;
}

export function joinFunction(name: string, call: string, input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `set -euo pipefail\nexport LC_ALL=C\n${functionOf(name)}\n${call}`],
    {
      input,
    },
  );
  return { status, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}
