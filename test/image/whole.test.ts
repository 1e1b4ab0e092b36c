/**
 * Owns: whole images, baked offline in real root filesystems of each package family, are green in every row; and a
 * step that is left out turns a row red. One run for each step would take an hour, so only its own rows are run then.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearse } from '../../src/engines/rehearsal/rehearse.ts';
import { imageSteps } from '../../src/image/steps.ts';
import type { Needs } from '../../src/image/step.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { packagedTemplates } from '../../src/render/templates.ts';
import { noLab, openLab, parallelcluster, rootOf, type Lab } from './support/lab.ts';
import { wholeInputs } from './support/whole.ts';

interface Script {
  id: string;
  kind: 'step' | 'row';
  needs: Needs;
  text: string;
}

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
      ...imageSteps(inputs, templates).map(({ id, needs, script }) => ({
        id,
        kind: 'step' as const,
        needs,
        text: script,
      })),
      ...verifyRows(inputs, templates).map(({ id, needs, script }) => ({
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
      scripts: scripts.map(({ kind, id, text }) => ({ name: `${kind} ${id}`, text })),
      keepGoing: true,
    });
    return results;
  }

  describe.each([
    ['ubuntu2204', 'apt, one-line sources'],
    ['ubuntu2404', 'apt, deb822 sources'],
    ['rocky9', 'dnf'],
  ])('%s (%s)', (os) => {
    test('is green in every row, and no packet left for anywhere but the mirror', async () => {
      await lab.forget();
      const results = await run(os, await scriptsOf(os));
      expect(notPassed(results)).toEqual([]);
      expect(await lab.leaks()).toEqual([]);
      expect((await lab.requests()).length).toBeGreaterThan(0);
    }, 120_000);

    test('is the same when baked again over itself', async () => {
      const scripts = await scriptsOf(os);
      const steps = scripts.filter(({ kind }) => kind === 'step');
      expect(notPassed(await run(os, [...steps, ...scripts]))).toEqual([]);
    }, 180_000);

    test('turns red without any one of its steps', async () => {
      const scripts = await scriptsOf(os);
      const steps = scripts.filter(({ kind }) => kind === 'step');
      const unnoticed: string[] = [];
      for (const left of steps) {
        const rows = scripts.filter(({ kind, needs }) => kind === 'row' && needs.after?.includes(left.id));
        const results = await run(os, [...steps.filter((step) => step !== left), ...rows]);
        const red = results.filter(({ name, outcome }) => name.startsWith('row ') && outcome === 'failed');
        if (red.length === 0) unnoticed.push(left.id);
      }
      expect(unnoticed).toEqual([]);
    }, 900_000);
  });
});

function notPassed(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason, output }) => `${name} ${outcome} ${reason ?? ''}: ${output.slice(-1200)}`);
}
