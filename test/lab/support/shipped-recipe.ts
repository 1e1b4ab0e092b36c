/** The tests of a shipped recipe, as a user's bakery.yaml names it. Each recipe has a file, so that the files run in parallel. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../../src/engines/rehearsal/contract.ts';
import { bakeInLab, notPassedInLab, scriptsOf } from './bake-in-lab.ts';
import { osIds } from './lab-os.ts';
import { noLab, openLab, type Lab } from './lab.ts';
import { shippedInputs } from './whole.ts';

/** Declares tests that bake the recipe for every OS. */
export async function testShippedRecipe(recipe: string): Promise<void> {
  const why = await noLab();
  describe.skipIf(why !== undefined)(`a whole image of the shipped recipe ${recipe}`, () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await openLab();
    }, 600_000);
    afterAll(async () => lab?.close());

    test.each(osIds)(
      'is green in every row on %s, and no packet leaves the network',
      async (os) => {
        await lab.forget();
        const scripts = scriptsOf(await shippedInputs(lab, os, recipe));
        const results = await bakeInLab(lab, os, scripts);
        expect(results).toHaveLength(scripts.length);
        expect(notPassedInLab(results.filter((result) => !lacksYum(os, result)))).toEqual([]);
        expect(await lab.leaks()).toEqual([]);
        expect((await lab.requests()).length).toBeGreaterThan(0);
      },
      180_000,
    );
  });
}

/** The root filesystem of alinux2 has rpm but no yum, because yum 3 runs on no current system. Rows that need yum are skipped. */
function lacksYum(os: string, { outcome, reason }: RehearsalResult): boolean {
  const needed = /^yum(-config-manager)? is not on this machine$|^step packages-upgrade was skipped$/;
  return os === 'alinux2' && outcome === 'skipped' && needed.test(reason ?? '');
}
