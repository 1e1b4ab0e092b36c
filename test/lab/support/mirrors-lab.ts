/**
 * Rehearses the mirrors part in the lab: preflight, mirrors, a step that trusts the CA, rows, and scripts between them.
 */
import fs from 'node:fs/promises';

import type { RehearsalResult } from '../../../src/engines/rehearsal/contract.ts';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { casPart } from '../../../src/image/trust/cas.ts';
import { mirrorsPart } from '../../../src/image/mirrors/mirrors.ts';
import { preflightPart } from '../../../src/image/mirrors/preflight.ts';
import { renderRow, renderStep } from '../../../src/image/script.ts';
import { parseCertificates } from '../../../src/image/trust/certificates.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs } from '../../image/support/inputs.ts';
import { rehearseSome } from './library.ts';
import { parallelcluster, rootOf, type Lab } from './lab.ts';

export interface Script {
  name: string;
  text: string;
}

const templates = packagedTemplates();

/** Every repository of the OS on the lab's mirror, signed by the lab's key. */
export async function inputsIn(
  lab: Lab,
  id: string,
  change: Partial<ImageInputs> = {},
): Promise<ImageInputs> {
  const content = (await fs.readFile(lab.keyFile)).toString('base64');
  const base = fullInputs(id);
  const { certificates } = parseCertificates('lab.pem', Buffer.from(lab.caPem), new Date());
  const key = { gpgKey: { name: 'lab.asc', content } };
  return {
    ...base,
    recipe: [{ use: 'mirrors' }],
    mirrors: {
      layout: 'artifactory',
      url: lab.mirror,
      repos: Object.fromEntries(base.os.repositories.map((repository) => [repository.id, key])),
    },
    certificates,
    indexes: undefined,
    proxy: undefined,
    ...change,
  };
}

export function stepsOf(inputs: ImageInputs): Script[] {
  return [casPart(inputs), preflightPart(inputs), mirrorsPart(inputs)]
    .flatMap(({ steps }) => steps)
    .map((draft) => ({ name: `step ${draft.id}`, text: renderStep(draft, templates).script }));
}

export function rowsOf(inputs: ImageInputs): Script[] {
  return [preflightPart(inputs), mirrorsPart(inputs)]
    .flatMap(({ rows }) => rows)
    .map((draft) => ({ name: `row ${draft.id}`, text: renderRow(draft, templates).script }));
}

/** Trusts the CA in two lines instead of the whole trust part, which these tests do not need. */
export function trusting(lab: Lab): Script {
  const text = `set -e
if command -v update-ca-trust > /dev/null; then file=/etc/pki/ca-trust/source/anchors/lab.pem run=update-ca-trust
else file=/usr/local/share/ca-certificates/lab.crt run=update-ca-certificates; fi
cat > "$file" <<'PEM'
${lab.caPem}
PEM
"$run"`;
  return { name: 'trust', text };
}

export async function runIn(
  lab: Lab | undefined,
  os: string,
  scripts: readonly Script[],
  rootfs?: string,
): Promise<RehearsalResult[]> {
  return rehearseSome({
    target: { os, arch: 'x86_64', parallelcluster },
    rootfs: rootfs ?? (await rootOf(os)),
    network: lab?.network,
    scripts,
    keepGoing: true,
  });
}

export function notPassed(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason, output }) => `${name} ${outcome} ${reason ?? ''} ${output.slice(-2000)}`);
}

export function outputOf(results: readonly RehearsalResult[], name: string): string {
  return results.find((result) => result.name === name)?.output ?? `${name} did not run`;
}
