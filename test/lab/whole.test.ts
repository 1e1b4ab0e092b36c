/**
 * Bakes whole images offline in real root filesystems: every row is green and each step has a row that is red until it
 * ran. The shipped recipes are baked for every OS, from a bakery.yaml as a user writes it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalRequest, RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import type { Needs } from '../../src/image/step.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { shippedNames } from '../../src/config/shipped.ts';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { osIds } from './support/lab-os.ts';
import { noLab, openLab, parallelcluster, rootOf, type Lab } from './support/lab.ts';
import { shippedInputs, wholeInputs } from './support/whole.ts';

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

  function scriptsOf(inputs: ImageInputs): Script[] {
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
      scripts.push(...scriptsOf(await wholeInputs(lab, os)));
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

  describe.each(shippedNames('recipe'))('of the shipped recipe %s', (recipe) => {
    test.each(osIds)(
      'is green in every row on %s, and no packet leaves the network',
      async (os) => {
        await lab.forget();
        const scripts = scriptsOf(await shippedInputs(lab, os, recipe));
        const results = await run(os, scripts);
        expect(results).toHaveLength(scripts.length);
        expect(notPassed(results.filter((result) => !lacksYum(os, result)))).toEqual([]);
        expect(await lab.leaks()).toEqual([]);
        expect((await lab.requests()).length).toBeGreaterThan(0);
      },
      180_000,
    );
  });
});

/** yum 3 runs on nothing current: the root of alinux2 has rpm alone, and what needs yum is skipped by name. */
function lacksYum(os: string, { outcome, reason }: RehearsalResult): boolean {
  const needed = /^yum(-config-manager)? is not on this machine$|^step packages-upgrade was skipped$/;
  return os === 'alinux2' && outcome === 'skipped' && needed.test(reason ?? '');
}

function notPassed(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason, output }) => `${name} ${outcome} ${reason ?? ''}: ${output.slice(-1200)}`);
}
