/** Owns the publish stage: copies in every Region, and the channel's parameters, read back. */
import { copyAmi, findAmis, tagAmi, untilAvailable, type Ami } from '../../aws/images.ts';
import { putAmiParameter, readParameters } from '../../aws/parameters.ts';
import { READ_BACK_MS, until } from '../../aws/until.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { newestFirst } from '../../os/official.ts';
import { parameterName } from '../../publish/parameter.ts';
import { noteOf, VERIFY_TAG, type Verified } from '../../image/verdict.ts';
import { count } from '../../util/count.ts';
import { sha256 } from '../../util/sha256.ts';
import type { Stage } from '../stage.ts';
import type { Baked, Job, Published, World } from '../world.ts';
import type { RenderedBuild } from './render.ts';

const HISTORY_TAG = 'bakery:channel-history';
/** EC2: a tag value has at most 256 characters. */
const TAG_LENGTH = 256;

interface RegionFacts {
  region: string;
  /** The image of this fingerprint there, or null. */
  image: Ami | null;
  /** The parameter's value, or null. */
  current: string | null;
}

interface Facts {
  job: Job;
  build: RenderedBuild;
  /** The image in its first Region; null in a plan that would bake it. */
  source: Ami | null;
  verified: Verified;
  regions: RegionFacts[];
  parameter: string;
}

interface RegionPlan extends RegionFacts {
  copy: boolean;
  put: boolean;
}

interface Plan {
  build: RenderedBuild;
  source: Ami | null;
  parameter: string;
  /** Of the verify stage. */
  note: string;
  channel: string;
  kms: Readonly<Record<string, string>>;
  regions: RegionPlan[];
}

export const publish: Stage<
  World,
  Job,
  { render: RenderedBuild; bake: Baked; verify: Verified },
  Facts,
  Plan,
  Published
> = {
  name: 'publish',
  scope: 'target',

  async gather(world, job, { render: build, bake: { image: source }, verify: verified }) {
    const { target } = job;
    const of = {
      channel: job.publish.channel,
      os: target.os.id,
      arch: target.arch,
      parallelcluster: target.parallelcluster,
    };
    const parameter = parameterName(job.publish.parameter, of);
    const regions = await Promise.all(
      target.regions.map(async (region) => {
        const [values, image] = await Promise.all([
          readParameters(world.aws, region, [parameter]),
          region === build.region ? source : findCopy(world, build, source, region),
        ]);
        return { region, image, current: values.get(parameter) ?? null };
      }),
    );
    return { job, build, source, verified, regions, parameter };
  },

  plan({ job, build, source, verified, regions, parameter }) {
    return {
      build,
      source,
      parameter,
      note: noteOf(verified),
      channel: job.publish.channel,
      kms: job.kms,
      regions: regions.map((region) => ({
        ...region,
        copy: region.image === null && region.region !== build.region,
        put: region.image === null || region.image.id !== region.current,
      })),
    };
  },

  writes: (plan) => plan.regions.some((region) => region.copy || region.put),

  foresee: (plan) => outcome(plan, plan.regions),

  async apply(world, plan) {
    // All copies are started at once: each takes as long as the slowest Region.
    await Promise.all(plan.regions.map((region) => publishOne(world, plan, region)));
  },

  async check(world, plan) {
    const regions = await Promise.all(
      plan.regions.map(async (facts) => {
        const image = await findPublished(world, plan, facts.region);
        await readBack(world, plan.parameter, facts.region, image.id);
        return { ...facts, image };
      }),
    );
    return outcome(plan, regions);
  },

  say({ parameters }) {
    const [first, ...more] = parameters;
    if (!first) return 'nothing to publish';
    const { name, previous, value } = first;
    const change =
      value !== null && previous === value
        ? `= ${value} already`
        : ` ${previous ?? '(none)'} → ${value ?? '(new)'}`;
    return `${name} ${change}${more.length === 0 ? '' : ` · and ${count(more.length, 'more Region')}`}`;
  },
};

/** A copy of this very image: same fingerprint and same run, or --rebake would meet the copies of before. */
async function findCopy(
  world: World,
  build: RenderedBuild,
  source: Ami | null,
  region: string,
): Promise<Ami | null> {
  if (source === null) return null;
  const found = await findAmis(world.aws, region, {
    owners: ['self'],
    filters: {
      'tag:bakery:fingerprint': [build.fingerprint],
      'tag:bakery:run': [source.tags['bakery:run'] ?? ''],
      state: ['available', 'pending'],
    },
  });
  return found.sort(newestFirst)[0] ?? null;
}

async function findPublished(world: World, { build, source }: Plan, region: string): Promise<Ami> {
  return until<Ami>({
    signal: world.signal,
    budgetMs: READ_BACK_MS,
    look: async () =>
      (region === build.region ? source : await findCopy(world, build, source, region)) ?? undefined,
    late: () => new BakeError('IMAGE_LOST', { id: build.name, region, state: 'not to be found' }),
  });
}

async function publishOne(world: World, plan: Plan, region: RegionPlan): Promise<void> {
  let image = region.image;
  if (region.copy && plan.source) {
    const token = sha256(`${plan.source.id} ${region.region}`);
    // The verify stage has just written its note: said again here, for a read may not show it yet.
    const source = { ...plan.source, tags: { ...plan.source.tags, [VERIFY_TAG]: plan.note } };
    const id = await copyAmi(world.aws, source, region.region, {
      token,
      kmsKey: plan.kms[region.region],
    });
    image = await untilAvailable(world.aws, region.region, id, world.signal);
  }
  if (!image || !region.put) return;
  if (image.state !== 'available')
    image = await untilAvailable(world.aws, region.region, image.id, world.signal);
  await putAmiParameter(world.aws, region.region, plan.parameter, image.id);
  const entry = `${plan.channel}@${world.aws.now().toISOString().slice(0, 10)}`;
  const history = [...(image.tags[HISTORY_TAG] ?? '').split(' '), entry].filter((part) => part !== '');
  await tagAmi(world.aws, region.region, image.id, { [HISTORY_TAG]: history.join(' ').slice(-TAG_LENGTH) });
}

async function readBack(world: World, name: string, region: string, wanted: string): Promise<void> {
  let found = 'nothing';
  await until<true>({
    signal: world.signal,
    budgetMs: READ_BACK_MS,
    async look() {
      found = (await readParameters(world.aws, region, [name])).get(name) ?? 'nothing';
      return found === wanted ? true : undefined;
    },
    late: () => new BakeError('PUBLISH_NOT_TAKEN', { name, region, wanted, found }),
  });
}

function outcome(plan: Plan, regions: readonly RegionFacts[]): Published {
  return {
    images: regions.map(({ region, image }) => ({ region, image })),
    parameters: regions.map(({ region, image, current }) => ({
      region,
      name: plan.parameter,
      value: image?.id ?? null,
      previous: current,
    })),
  };
}
