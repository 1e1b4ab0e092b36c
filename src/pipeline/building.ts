/** Builds the context of an engine, and the lease that it works under. */
import path from 'node:path';
import type { BakeContext } from '../engines/engine.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { imageTags } from '../render/tags.ts';
import { writeVerifyList } from './evidence.ts';
import type { LeaseRequest } from '../run/lease.ts';
import type { RenderedBuild } from './stages/render.ts';
import type { World } from './world.ts';

/** The context of an engine for a build of this run. */
export function bakeContext(world: World, build: RenderedBuild, rebake: boolean): BakeContext {
  const { journal } = world;
  return {
    aws: world.aws,
    account: world.account,
    partition: world.partition,
    run: journal.run,
    tags: imageTags({ ...build, run: journal.run, baseImageId: build.base.id }),
    folder: path.join(journal.folder, build.key),
    store: world.store,
    rebake,
    emit: world.emit,
    signal: world.signal,
    heard: async (said) => {
      await writeVerifyList(world, build, null, said);
    },
    remember: (fact) => journal.fact(build.label, fact),
  };
}

/** Shows a wait for a lease: as a warning, which --quiet and --json show, too, and then as progress. */
export function waitTeller(
  { emit }: World,
  stage: string,
  target: string | undefined,
): LeaseRequest['onWait'] {
  return (text, isNew) => {
    if (isNew) emit({ type: 'warning', text: `${target === undefined ? '' : `${target}: `}${text}` });
    else emit({ type: 'stageProgress', stage, target, text });
  };
}

/** The folder of the leases. @param parameter bakery.yaml publish.parameter */
export function leaseFolder(parameter: string): string {
  return `${parameterRoot(parameter)}lock`;
}

/** First 12 hex digits of a fingerprint: its lease's name, and the end of its image's. */
export function shortPrint({ fingerprint }: { fingerprint: string }): string {
  return fingerprint.replace('sha256:', '').slice(0, 12);
}

/** The lease under which one process at a time starts instances for an image, to bake or to verify it. */
export function buildLease(
  world: World,
  build: RenderedBuild,
  of: { parameter: string; stage: string; work: string },
): LeaseRequest {
  return {
    aws: world.aws,
    region: build.region,
    path: `${leaseFolder(of.parameter)}/${shortPrint(build)}`,
    run: world.journal.run,
    work: of.work,
    signal: world.signal,
    onWait: waitTeller(world, of.stage, build.label),
  };
}
