/** Owns the verify stage: what was proven from inside the image, judged, and noted on the image. */
import { findAmis, tagAmi, type Ami } from '../../aws/images.ts';
import { until } from '../../aws/until.ts';
import { engines } from '../../engines/index.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { INVENTORY } from '../../image/inventory.ts';
import { joinData, type Said } from '../../image/report.ts';
import { judge, noteOf, readNote, VERIFY_TAG, type Verdict, type Verified } from '../../image/verdict.ts';
import { writeSbom, writeVerifyList } from '../evidence.ts';
import type { Stage } from '../stage.ts';
import type { Baked, Job, World } from '../world.ts';
import type { RenderedBuild } from './render.ts';

/** CloudWatch Logs shows an event within seconds of its writing. */
const LOG_DELAY_MS = 5000;
const SILENCE: Said = { reports: [], data: [] };

interface Facts {
  build: RenderedBuild;
  image: Ami | null;
  said: Said;
}

interface Plan {
  build: RenderedBuild;
  image: Ami | null;
  /** What the image's tag says already. */
  noted: Verified | null;
  verdict: Verdict;
  said: Said;
}

export const verify: Stage<World, Job, { render: RenderedBuild; bake: Baked }, Facts, Plan, Verified> = {
  name: 'verify',
  scope: 'target',

  async gather(world, _job, { render: build, bake: { image } }) {
    const known = image === null || image.tags[VERIFY_TAG] !== undefined;
    return { build, image, said: known ? SILENCE : await hear(world, build, image) };
  },

  plan({ build, image, said }) {
    const noted = image ? readNote(image.tags[VERIFY_TAG]) : null;
    return { build, image, noted, verdict: judge(build.steps, build.rows, said.reports), said };
  },

  writes: (plan) => plan.image === null || plan.noted === null,

  foresee: (plan) => plan.noted ?? { passed: 0, failed: 0, skipped: 0, reasons: [] },

  async apply(world, plan) {
    const { build, image, verdict, said } = plan;
    if (!image) return;
    await writeVerifyList(world, build, image.id, said);
    // Before the tag: with it there, nobody asks the log again.
    await writeSbom(world, build, image, said);
    await tagAmi(world.aws, build.region, image.id, {
      [VERIFY_TAG]: noteOf(verdict, verdict.red.length > 0),
    });
    if (verdict.red.length > 0)
      throw new BakeError('VERIFY_FAILED', { target: build.label, rows: verdict.red });
  },

  async check(world, plan) {
    const { image, build, verdict } = plan;
    const [now] = await findAmis(world.aws, build.region, { ids: [image?.id ?? ''] });
    if (now === undefined)
      throw new BakeError('IMAGE_LOST', { id: image?.id ?? '', region: build.region, state: 'gone' });
    return {
      passed: verdict.passed,
      failed: verdict.failed,
      skipped: verdict.skipped,
      reasons: verdict.reasons,
    };
  },

  hollow: ({ passed }) => passed === 0,

  say({ passed, failed, skipped, reasons }, foretold) {
    if (foretold) return 'would be verified from inside';
    const parts = [
      `${passed} passed`,
      failed > 0 ? `${failed} failed` : undefined,
      skipped > 0 ? `${skipped} skipped` : undefined,
    ];
    const why =
      reasons.length === 0 ? '' : ` (${reasons.slice(0, 3).join('; ')}${reasons.length > 3 ? '; …' : ''})`;
    return parts.filter((part) => part !== undefined).join(' · ') + why;
  },
};

/** Logs arrive with a delay: what is missing is waited for a little, then it is missing. */
async function hear(world: World, build: RenderedBuild, image: Ami): Promise<Said> {
  const expected = build.steps.length + build.rows.length;
  const end = Date.now() + LOG_DELAY_MS;
  return until<Said>({
    signal: world.signal,
    budgetMs: LOG_DELAY_MS,
    async look() {
      const said = (await engines[build.engine]?.said?.(image, world.aws)) ?? SILENCE;
      const whole = said.reports.length >= expected && isListWhole(said);
      return whole || Date.now() >= end ? said : undefined;
    },
    late: () =>
      new BakeError('IMAGE_LOST', { id: image.id, region: build.region, state: 'without a build log' }),
  });
}

/** A step that was skipped has told nothing, and that is all there is. */
function isListWhole({ reports, data }: Said): boolean {
  const step = reports.find(({ kind, id }) => kind === 'step' && id === INVENTORY);
  return step?.outcome !== 'passed' || 'bytes' in joinData(INVENTORY, data);
}
