/** Finds the image of a build in the account by name, adds its tags, or removes it with everything of that build. */
import { findAmis, tagResources, untilAvailable, type Ami } from '../../aws/images.ts';
import { requireTokens } from '../../aws/image-attributes.ts';
import { throwAll } from '../../errors/bake-error.ts';
import type { Reports } from '../../image/report.ts';
import { findLeftovers } from '../../reap/find.ts';
import { RUN_TAG, TARGET_TAG } from '../../reap/leftover.ts';
import { planReap } from '../../reap/plan.ts';
import { removeLeftovers } from '../../reap/remove.ts';
import type { BakeContext } from '../engine.ts';
import { packerLeftovers } from './leftovers.ts';
import type { PackerStory } from './output.ts';
import type { PackerBuild } from './section.ts';
import { keepReports } from './reports.ts';

/**
 * Finds images of bake by name, because Packer sets tags last and an interrupted build may leave only a name
 * (hashicorp/packer-plugin-amazon:builder/ebs/builder.go). It searches only the Region of the build, because Packer makes no
 * copies for bake (templates/packer/ has no ami_regions).
 */
export async function lookFor(
  build: PackerBuild,
  { aws }: BakeContext,
  names: readonly string[],
): Promise<Ami[]> {
  return findAmis(aws, build.region, { owners: ['self'], filters: { name: [...names] } });
}

/**
 * The name for the new image: the name of the build, with the run's name appended if a finished image already has it (a
 * rebake). Removes an unfinished image with that name: this run holds the lease, so no other run is making it.
 */
export async function freeName(build: PackerBuild, context: BakeContext): Promise<string> {
  const names = [build.name, `${build.name}-${context.run}`];
  const taken = await lookFor(build, context, names);
  const halves = taken.filter(({ tags }) => !tags['bakery:fingerprint']);
  const leftovers = halves.map(({ id, name, tags, createdAt }) => ({
    kind: 'image' as const,
    region: build.region,
    id,
    name,
    run: tags[RUN_TAG] ?? '',
    createdAt,
  }));
  throwAll(await removeLeftovers(context.aws, leftovers, context.signal, () => {}));
  const kept = new Set(taken.filter(({ tags }) => tags['bakery:fingerprint']).map(({ name }) => name));
  return names.find((name) => !kept.has(name)) ?? `${build.name}-${context.run}-${kept.size}`;
}

/** Stores the reports first and tags the image with its fingerprint last, because the tag makes the image valid. */
export async function finishImage(
  image: Ami,
  said: Reports,
  build: PackerBuild,
  context: BakeContext,
): Promise<void> {
  const { aws, store, tags, signal } = context;
  const ready = await untilAvailable(aws, build.region, image.id, signal);
  // Packer protects the image last, and old versions do not protect it.
  await requireTokens(aws, build.region, image.id);
  const { fingerprint } = build;
  await keepReports(store, { id: image.id, fingerprint, run: tags[RUN_TAG] ?? context.run }, said);
  await tagResources(aws, build.region, [image.id, ...ready.snapshots], tags);
}

/**
 * Removes exactly what this run made for this target.
 * @param story of the Packer that has just ended: it names the security groups that 1.6 cannot tag
 */
export async function clear(build: PackerBuild, context: BakeContext, story?: PackerStory): Promise<void> {
  const { aws, run, signal, emit } = context;
  // Cleans up after a signal, too. The CLI allows time for this.
  const still = signal.aborted ? AbortSignal.timeout(STOP_MS) : signal;
  const tags = { [RUN_TAG]: run, [TARGET_TAG]: build.key };
  const groups = (story?.groups ?? []).map((name) => ({ name, tags }));
  const found = await findLeftovers(aws, build.region, build.prefix, {
    logged: groups,
    untagged: [packerLeftovers],
  });
  const leftovers = planReap({
    region: build.region,
    found,
    live: new Set(),
    liveFingerprints: new Set(),
    prefix: build.prefix,
    untagged: [packerLeftovers],
    only: { run, target: build.key },
  });
  throwAll(
    await removeLeftovers(aws, leftovers, still, ({ kind, id }) =>
      emit({
        type: 'note',
        text: `${build.label}: removed ${kind} ${id}, which an earlier try of this run left`,
      }),
    ),
  );
}

/** The time that the CLI waits after the first signal. */
const STOP_MS = 9000;
