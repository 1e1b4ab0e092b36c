/**
 * Tests whole images, baked offline in real root filesystems of each package family: every row passes, and each step
 * has a row that fails until the step has run.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalRequest, RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import type { Needs } from '../../src/image/step.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { noLab, openLab, parallelcluster, rootOf, type Lab } from './support/lab.ts';
import { wholeInputs } from './support/whole.ts';

interface Script {
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
const why = await noLab();

describe.skipIf(why !== undefined)('a whole image', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  }, 600_000);
  afterAll(async () => lab?.close());

  async function scriptsOf(os: string): Promise<Script[]> {
    const inputs = await wholeInputs(lab, os);
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

  async function run(os: string, scripts: readonly Script[]): Promise<RehearsalResult[]> {
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

  describe.each([
    ['ubuntu2204', 'apt, one-line sources'],
    ['ubuntu2404', 'apt, deb822 sources'],
    ['rocky9', 'dnf'],
  ])('%s (%s)', (os) => {
    const [scripts, order, results]: [Script[], Script[], RehearsalResult[]] = [[], [], []];
    // Without rows that use the network: before their step, they could reach servers that must not be contacted.
    const rowsOf = (id: string) =>
      scripts.filter(
        ({ kind, needs }) => kind === 'row' && needs.network !== true && needs.after?.includes(id),
      );

    // One pass: the rows of each step before the step itself; then all steps again; then every row.
    beforeAll(async () => {
      await lab.forget();
      scripts.push(...(await scriptsOf(os)));
      const [library, ...steps] = scripts.filter(({ kind }) => kind === 'step');
      order.push(
        ...[library, ...steps.flatMap((step) => [...rowsOf(step.id), step])].filter(
          (one) => one !== undefined,
        ),
      );
      results.push(...(await run(os, [...order, ...scripts])));
    }, 180_000);

    test('passes every row after two bakes', () => {
      expect(notPassed(results.slice(order.length))).toEqual([]);
      expect(results.slice(order.length)).toHaveLength(scripts.length);
    });

    test('fails a row of each step until that step has run', () => {
      const made = order.flatMap((script, at) => (script.kind === 'step' ? [{ id: script.id, at }] : []));
      expect(made.filter(({ at }) => results[at]?.outcome !== 'passed')).toEqual([]);
      const red = ({ id, at }: { id: string; at: number }) =>
        results.slice(at - rowsOf(id).length, at).some(({ outcome }) => outcome === 'failed');
      expect(made.slice(1).filter((step) => !red(step))).toEqual([]);
    });

    test('downloads from the mirror, and no packet left the lab', async () => {
      expect(await lab.leaks()).toEqual([]);
      expect((await lab.requests()).length).toBeGreaterThan(0);
    });
  });
});

function notPassed(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason, output }) => `${name} ${outcome} ${reason ?? ''}: ${output.slice(-1200)}`);
}
