/** The bake stage: adopts an image with this fingerprint, or bakes one under a lease. */
import path from 'node:path';
import { findAmis, type Ami } from '../../aws/images.ts';
import { READ_BACK_MS, until } from '../../aws/until.ts';
import { engineOf } from '../../engines/registry.ts';
import { BakeError, errorsOf, throwAll } from '../../errors/bake-error.ts';
import { isRed, VERIFY_TAG } from '../../image/verdict.ts';
import { newestAmiFirst } from '../../os/official.ts';
import type { PreflightFacts } from '../../preflight/facts.ts';
import { gatherFacts, preflightErrors, uncheckedNotes } from '../../preflight/preflight.ts';
import { bakeContext, buildLease } from '../building.ts';
import { withLease } from '../../run/lease.ts';
import { writeRendered } from '../../render/file.ts';
import type { Stage } from '../../run/stage.ts';
import { newValue } from '../../run/writes.ts';
import type { Baked, Job, PublishSettings, World } from '../world.ts';
import type { RenderedBuild } from './render.ts';

interface Facts {
  job: Job;
  build: RenderedBuild;
  existing: Ami[];
  run: string;
  /** The network of the builder; undefined: nothing has to be baked. */
  place: PreflightFacts | undefined;
  /** The problems of the engine's programs on this machine. */
  lacks: BakeError[];
}

interface Plan {
  build: RenderedBuild;
  /** The image to adopt; null: bake one. */
  adopt: Ami | null;
  /** With --rebake only an image of this run counts. */
  rebake: boolean;
  publish: PublishSettings;
}

export const bake: Stage<'bake', World, Job, { render: RenderedBuild }, Facts, Plan, Baked> = {
  name: 'bake',

  async gather(world, job, soFar) {
    const existing = await findBaked(world, soFar.render);
    const { run } = world.journal;
    const facts = { job, build: soFar.render, existing, run };
    if (adoptable(existing, job.rebake ? run : undefined)) return { ...facts, place: undefined, lacks: [] };
    const lacks = await lackingHere(world, soFar.render);
    return { ...facts, place: await lookAtPlace(world, job, soFar.render), lacks };
  },

  plan({ job, build, existing, run, place, lacks }) {
    const adopt = adoptable(existing, job.rebake ? run : undefined);
    if (!adopt && place) throwAll([...lacks, ...preflightErrors(place)]);
    return { build, adopt: adopt ?? null, rebake: job.rebake, publish: job.publish };
  },

  writes: ({ adopt, build }) =>
    adopt ? [] : [{ what: `image ${build.name} in ${build.region}`, from: null, to: newValue(build.label) }],

  preview: (plan) => ({ outcome: plan.adopt ? 'unchanged' : 'would-bake', image: plan.adopt }),

  async apply(world, plan) {
    const { build } = plan;
    const engine = engineOf(world.engines, build.engine);
    for (const file of engine.render(build)) {
      await writeRendered(path.join(world.journal.folder, build.key), file);
    }
    const request = buildLease(world, build, {
      parameter: plan.publish.parameter,
      stage: 'bake',
      work: 'bakes the same image',
    });
    await withLease(request, async () => {
      // The previous holder of the lease may have made this image.
      if (await findOne(world, plan)) return;
      await engine.bake(build, bakeContext(world, build, plan.rebake));
    });
  },

  async check(world, plan) {
    const { region, name } = plan.build;
    const image = await until<Ami>({
      aws: world.aws,
      signal: world.signal,
      budgetMs: READ_BACK_MS,
      look: () => findOne(world, plan),
      late: () =>
        new BakeError('IMAGE_LOST', { id: name, region, state: 'not to be found by its fingerprint tag' }),
    });
    // Another process may have made it while this one waited for the lease.
    return { outcome: image.tags['bakery:run'] === world.journal.run ? 'baked' : 'unchanged', image };
  },

  say({ outcome, image }) {
    if (outcome === 'would-bake') return 'would bake a new image';
    return outcome === 'baked'
      ? `${image?.id} ${image?.name.split(' ')[0]}`
      : `unchanged: ${image?.id} has this fingerprint`;
  },
};

/** Checks the engine's programs before any write. */
async function lackingHere(
  { aws, engines }: World,
  { engine, settings }: RenderedBuild,
): Promise<BakeError[]> {
  try {
    await engineOf(engines, engine).ready?.(settings, aws);
    return [];
  } catch (error) {
    return errorsOf(error);
  }
}

/** Checks before any write whether a build instance could work. Reports the checks that were not possible. */
async function lookAtPlace(world: World, job: Job, build: RenderedBuild): Promise<PreflightFacts> {
  const place = await gatherFacts(world.aws, {
    region: build.region,
    partition: world.partition,
    arch: build.arch,
    needs: engineOf(world.engines, build.engine).needs(build.settings, build.region),
    builder: build.builder,
    kms: job.kms,
    regions: job.target.regions,
    image: job.image,
  });
  for (const text of uncheckedNotes(world.aws, place)) world.emit({ type: 'note', text });
  return place;
}

async function findBaked(world: World, build: RenderedBuild): Promise<Ami[]> {
  return findAmis(world.aws, build.region, {
    owners: ['self'],
    filters: { 'tag:bakery:fingerprint': [build.fingerprint], state: ['available'] },
  });
}

async function findOne(world: World, plan: Plan): Promise<Ami | undefined> {
  return adoptable(await findBaked(world, plan.build), plan.rebake ? world.journal.run : undefined);
}

/** The newest image that did not fail verification; with `run`, only one of that run. */
function adoptable(images: readonly Ami[], run: string | undefined): Ami | undefined {
  return images
    .filter((image) => !isRed(image.tags[VERIFY_TAG]))
    .filter((image) => run === undefined || image.tags['bakery:run'] === run)
    .sort(newestAmiFirst)[0];
}
