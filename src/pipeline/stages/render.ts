/** The render stage: turns recipe and base image into everything that decides the image, and its fingerprint. */
import { engines } from '../../engines/index.ts';
import type { Build, Engine } from '../../engines/engine.ts';
import { filesOf } from '../../image/step.ts';
import { imageSteps } from '../../image/steps.ts';
import { verifyRows } from '../../image/verify.ts';
import { targetKey, targetLabel } from '../../os/target.ts';
import { textsOf } from '../../render/file.ts';
import { imageName } from '../../render/names.ts';
import { sizeText } from '../../assets/speed.ts';
import { count } from '../../util/count.ts';
import { fingerprint, periodOf } from '../fingerprint.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, Resolved, World } from '../world.ts';

interface Facts {
  job: Job;
  base: Resolved['base'];
  now: string;
}

export type RenderedBuild = Build & { engine: string };

export const render: Stage<'render', World, Job, { resolve: Resolved }, Facts, RenderedBuild, RenderedBuild> =
  {
    name: 'render',
    readOnly: true,

    gather: async (world, job, soFar) => ({
      job,
      base: soFar.resolve.base,
      now: world.aws.now().toISOString(),
    }),

    plan({ job, base, now }) {
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
      return {
        engine: job.engine,
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
      };
    },

    writes: () => [],
    preview: (plan) => plan,
    apply: async () => {},
    check: async (_world, plan) => plan,

    say(build) {
      const files = (engines[build.engine] as Engine).render(build);
      const texts = textsOf(files);
      const kilobytes = Math.ceil(texts.reduce((sum, { text }) => sum + text.length, 0) / 1000);
      const carried = filesOf(build.steps);
      const bytes = carried.reduce((sum, { size }) => sum + size, 0);
      return [
        `${count(build.steps.length, 'step')}, ${count(build.rows.length, 'check')} → ${count(texts.length, `${build.engine} file`)}, ${kilobytes} kB`,
        ...(carried.length === 0 ? [] : [`${count(carried.length, 'asset')}, ${sizeText(bytes)}`]),
      ].join(' · ');
    },
  };
