/** The verify stage: judges the reports from inside the image, and writes the result into a tag of the image. */
import { findAmis, tagAmi, type Ami } from '../../aws/images.ts';
import { READ_BACK_MS, until } from '../../aws/until.ts';
import { engineOf } from '../../engines/registry.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { INVENTORY } from '../../image/inventory.ts';
import { joinData, type Reports } from '../../image/report.ts';
import {
  readVerifyNote,
  verdictOf,
  verifyNoteOf,
  VERIFY_TAG,
  type Verified,
  type VerifyVerdict,
} from '../../image/verdict.ts';
import { attest, imageOriginOf, type ImageOrigin } from '../attest.ts';
import { bakeContext, buildLease } from '../building.ts';
import { writeSbom, writeVerifyList } from '../evidence.ts';
import { withLease } from '../../run/lease.ts';
import type { Stage } from '../../run/stage.ts';
import type { Baked, Job, World } from '../world.ts';
import type { RenderedBuild } from './render.ts';

/** CloudWatch Logs shows an event within seconds. */
const LOG_DELAY_MS = 5000;
const SILENCE: Reports = { reports: [], data: [] };

interface Facts {
  job: Job;
  build: RenderedBuild;
  image: Ami | null;
  said: Reports;
  /** The engine can boot the image once more. */
  canProve: boolean;
}

interface Plan {
  build: RenderedBuild;
  image: Ami | null;
  /** The result in the tag of the image. */
  noted: Verified | null;
  verdict: VerifyVerdict;
  said: Reports;
  /** Whether the rows still have to run, in a second boot. */
  prove: boolean;
  parameter: string;
  /** The facts for the provenance of the image. */
  origin: ImageOrigin;
}

export const verify: Stage<
  'verify',
  World,
  Job,
  { render: RenderedBuild; bake: Baked },
  Facts,
  Plan,
  Verified
> = {
  name: 'verify',

  async gather(world, job, { render: build, bake: { image } }) {
    const known = image === null || image.tags[VERIFY_TAG] !== undefined;
    const canProve = engineOf(world.engines, build.engine).prove !== undefined;
    return { job, build, image, said: known ? SILENCE : await hear(world, build, image), canProve };
  },

  plan({ job, build, image, said, canProve }) {
    const noted = image ? readVerifyNote(image.tags[VERIFY_TAG]) : null;
    const verdict = verdictOf(build.steps, build.rows, said.reports);
    const rows = new Set(said.reports.filter(({ kind }) => kind === 'row').map(({ id }) => id));
    const silent = build.rows.some(({ id }) => !rows.has(id));
    const secondBoot = silent && image?.tags[VERIFY_TAG] === undefined && canProve;
    return {
      build,
      image,
      noted,
      verdict,
      said,
      prove: secondBoot,
      parameter: job.publish.parameter,
      origin: imageOriginOf(job),
    };
  },

  writes: ({ build, image, noted }) =>
    image !== null && noted !== null
      ? []
      : [{ what: `verify result of ${build.name}`, from: null, to: 'recorded' }],

  preview: (plan) => plan.noted ?? { passed: 0, failed: 0, skipped: 0, reasons: [] },

  async apply(world, plan) {
    const { build, image } = plan;
    if (!image) return;
    const said = plan.prove ? await prove(world, plan, image) : plan.said;
    const verdict = plan.prove ? verdictOf(build.steps, build.rows, said.reports) : plan.verdict;
    const list = await writeVerifyList(world, build, image, said);
    // Before the tag, because with the tag the log is not read again.
    const sbom = await writeSbom(world, build, image, said);
    if (verdict.problems.length === 0) {
      await attest(world, { origin: plan.origin, build, image, evidence: { sbom, verify: list } });
    }
    await tagAmi(world.aws, build.region, image.id, {
      [VERIFY_TAG]: verifyNoteOf(verdict, verdict.problems.length > 0),
    });
    if (verdict.problems.length > 0)
      throw new BakeError('VERIFY_FAILED', { target: build.label, rows: verdict.problems });
  },

  async check(world, plan) {
    const { build } = plan;
    const id = plan.image?.id ?? '';
    return until<Verified>({
      aws: world.aws,
      signal: world.signal,
      budgetMs: READ_BACK_MS,
      async look() {
        const [now] = await findAmis(world.aws, build.region, { ids: [id] });
        if (now === undefined) throw new BakeError('IMAGE_LOST', { id, region: build.region, state: 'gone' });
        return readVerifyNote(now.tags[VERIFY_TAG]) ?? undefined;
      },
      late: () => new BakeError('IMAGE_LOST', { id, region: build.region, state: 'without its verify tag' }),
    });
  },

  provesNothing: ({ passed }) => passed === 0,

  say({ passed, failed, skipped, reasons }, isPreview) {
    if (isPreview) return 'would be verified from inside';
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

/** Runs the rows in a second boot. A row that fails there counts like any other. */
async function prove(world: World, { build, parameter }: Plan, image: Ami): Promise<Reports> {
  const work = 'verifies the same image';
  return withLease(buildLease(world, build, { parameter, stage: 'verify', work }), async () => {
    const said = await engineOf(world.engines, build.engine).prove?.(
      build,
      image,
      bakeContext(world, build, false),
    );
    return said ?? SILENCE;
  });
}

/** Waits a short time for missing reports, because logs arrive with a delay. */
async function hear(world: World, build: RenderedBuild, image: Ami): Promise<Reports> {
  const engine = engineOf(world.engines, build.engine);
  // The rows run later, and the reports of the steps were stored before the image could be found.
  if (engine.prove) return (await engine.said?.(image, world.aws, world.store)) ?? SILENCE;
  const expected = build.steps.length + build.rows.length;
  const end = Date.now() + LOG_DELAY_MS;
  return until<Reports>({
    aws: world.aws,
    signal: world.signal,
    budgetMs: LOG_DELAY_MS,
    async look() {
      const said = (await engine.said?.(image, world.aws, world.store)) ?? SILENCE;
      const whole = said.reports.length >= expected && isListWhole(said);
      return whole || Date.now() >= end ? said : undefined;
    },
    late: () =>
      new BakeError('IMAGE_LOST', { id: image.id, region: build.region, state: 'without a build log' }),
  });
}

/** A skipped step has no report, which is correct. */
function isListWhole({ reports, data }: Reports): boolean {
  const step = reports.find(({ kind, id }) => kind === 'step' && id === INVENTORY);
  return step?.outcome !== 'passed' || 'bytes' in joinData(INVENTORY, data);
}
