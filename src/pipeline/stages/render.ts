/** The render stage: turns recipe and base image into everything that decides the image, and its fingerprint. */
import type { Build, Engine } from '../../engines/engine.ts';
import { engineOf } from '../../engines/registry.ts';
import { filesOf } from '../../image/step.ts';
import { imageSteps } from '../../image/steps.ts';
import { verifyRows } from '../../image/verify.ts';
import { targetKey, targetLabel } from '../../os/target.ts';
import { textsOf, type RenderedFile } from '../../render/file.ts';
import { imageName } from '../../render/names.ts';
import { sizeText } from '../../assets/speed.ts';
import { count } from '../../util/count.ts';
import { fingerprint, periodOf } from '../fingerprint.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, Resolved, World } from '../world.ts';

interface Facts {
  job: Job;
  engine: Engine;
  base: Resolved['base'];
  now: string;
}

export type RenderedBuild = Build & {
  engine: string;
  /** The engine's files: how many, and how many characters. */
  written: { files: number; size: number };
};

export const render: Stage<'render', World, Job, { resolve: Resolved }, Facts, RenderedBuild, RenderedBuild> =
  {
    name: 'render',
    readOnly: true,

    gather: async (world, job, soFar) => ({
      job,
      engine: engineOf(world.engines, job.engine),
      base: soFar.resolve.base,
      now: world.aws.now().toISOString(),
    }),

    plan({ job, engine, base, now }) {
      const { os, arch, parallelcluster, regions } = job.target;
      const steps = imageSteps(job.parts, job.templates);
      const rows = verifyRows(job.parts, job.templates);
      const print = fingerprint({
        baseImageId: base.id,
        os: os.id,
        arch,
        parallelcluster,
        steps,
        rows,
        carried: job.carried,
        builder: { kmsKey: job.builder.kmsKey, volumeSize: job.builder.volumeSize },
        period: periodOf(new Date(now), job.refresh),
      });
      const build: Omit<RenderedBuild, 'written'> = {
        engine: engine.id,
        label: targetLabel(job.target),
        key: targetKey(job.target),
        region: regions[0],
        os: os.id,
        arch,
        parallelcluster,
        user: os.user,
        base: {
          id: base.id,
          description: base.description,
          rootDevice: base.rootDevice.name,
          sizeGiB: job.builder.volumeSize ?? base.rootDevice.sizeGiB,
        },
        name: imageName({ prefix: job.prefix, os: os.id, arch, parallelcluster, fingerprint: print }),
        fingerprint: print,
        prefix: job.prefix,
        recipe: job.recipe,
        steps,
        rows,
        builder: job.builder,
        settings: job.settings[engine.id] ?? {},
      };
      // The same object, not a copy: engines keep what they rendered of it.
      return Object.assign(build, { written: sizeOf(engine.render(build)) });
    },

    writes: () => [],
    preview: (plan) => plan,
    apply: async () => {},
    check: async (_world, plan) => plan,

    say(build) {
      const { files, size: characters } = build.written;
      const kilobytes = Math.ceil(characters / 1000);
      const carried = filesOf(build.steps);
      const bytes = carried.reduce((sum, { size }) => sum + size, 0);
      return [
        `${count(build.steps.length, 'step')}, ${count(build.rows.length, 'check')} → ${count(files, `${build.engine} file`)}, ${kilobytes} kB`,
        ...build.steps.flatMap(({ title }) => /^packages: (upgrade, .*release.*)/.exec(title)?.[1] ?? []),
        ...(carried.length === 0 ? [] : [`${count(carried.length, 'asset')}, ${sizeText(bytes)}`]),
      ].join(' · ');
    },
  };

function sizeOf(rendered: readonly RenderedFile[]): RenderedBuild['written'] {
  const texts = textsOf(rendered);
  return { files: texts.length, size: texts.reduce((sum, { text }) => sum + text.length, 0) };
}
