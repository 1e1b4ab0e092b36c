/**
 * Bakes whole images offline in real root filesystems: every row is green and each step has a row that is red until it
 * ran. recipe-*.test.ts bake the shipped recipes.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { shippedNames } from '../../src/config/shipped.ts';
import { bakeInLab, notPassedInLab, scriptsOf, type LabScript } from './support/bake-in-lab.ts';
import { noLab, openLab, type Lab } from './support/lab.ts';
import { wholeInputs } from './support/whole.ts';

const why = await noLab();

describe.skipIf(why !== undefined)('a whole image', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  }, 600_000);
  afterAll(async () => lab?.close());

  describe.each([
    ['ubuntu2204', 'apt, one-line sources'],
    ['ubuntu2404', 'apt, deb822 sources'],
    ['rocky9', 'dnf'],
  ])('%s (%s)', (os) => {
    const [scripts, order, results]: [LabScript[], LabScript[], RehearsalResult[]] = [[], [], []];
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
      results.push(...(await bakeInLab(lab, os, [...order, ...scripts])));
    }, 180_000);

    test('passes every row after two bakes', () => {
      expect(notPassedInLab(results.slice(order.length))).toEqual([]);
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

test('every shipped recipe has a test file of its own', () => {
  const missing = shippedNames('recipe').filter(
    (name) => !existsSync(path.join(import.meta.dirname, `recipe-${name}.test.ts`)),
  );
  expect(missing).toEqual([]);
});
