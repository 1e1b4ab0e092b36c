/** The stages of `bake schedule --engine NAME`, which create, update or delete the pipeline of each target. */
import { deleteParameter, putAmiParameter, readParameters } from '../aws/parameters.ts';
import { READ_BACK_MS, until } from '../aws/until.ts';
import type {
  PipelineName,
  PipelinePlace,
  PipelineOrder,
  PipelineTarget,
  Scheduler,
  Timing,
} from '../engines/scheduler.ts';
import { BakeError } from '../errors/bake-error.ts';
import { targetKey } from '../os/target.ts';
import { canonicalJson } from '../util/canonical.ts';
import { sha256 } from '../util/sha256.ts';
import type { Stage } from '../run/stage.ts';
import type { RenderedBuild } from '../pipeline/stages/render.ts';
import type { Job, World } from '../pipeline/world.ts';
import type { Plain } from '../run/plain.ts';
import { parameterName } from '../publish/parameter.ts';
import { parentParameter } from './timing.ts';

/** One pipeline, as `bake schedule --json` prints it. */
export interface PipelineEntry {
  os: string;
  arch: string;
  parallelcluster: string;
  region: string;
  name: string;
  arn: string;
  outcome: 'created' | 'updated' | 'unchanged' | 'deleted' | 'would-create' | 'would-update' | 'would-delete';
  /** The parts that differ from the existing pipeline: parent, recipe, distribution, schedule, … */
  changes: string[];
  /** When the engine checks next whether to bake (ISO 8601); null if that is unknown, or never. */
  next: string | null;
  parent: { parameter: string; imageId: string } | null;
  publishes: { region: string; name: string }[];
}

const NOT_TAKEN = 'the base image cannot be used by this account';

interface Facts {
  build: RenderedBuild;
  job: Job;
  timing: Timing;
  place: PipelinePlace;
  state: object;
  /** The value of the parent parameter. */
  parent: string | undefined;
}

interface Plan {
  build: RenderedBuild;
  pipeline: PipelineName;
  parent: PipelineOrder['parent'];
  publishes: PipelineOrder['publishes'];
  /** What the pipeline must be, and what it is: only the engine can read them. */
  spec: object;
  state: object;
  isThere: boolean;
  changes: string[];
  next: string | null;
}

/** The change that bake itself writes; the engine writes the others. */
const PARENT = 'parent';

type Named = Pick<PipelineEntry, 'os' | 'arch' | 'parallelcluster' | 'region'>;

/** @param timing of each pipeline */
export function pipelineStage(
  scheduler: Scheduler,
  timing: (job: Job) => Timing,
): Stage<'schedule', World, Job, { render: RenderedBuild }, Facts, Plan, PipelineEntry> {
  return {
    name: 'schedule',

    async gather(world, job, { render: build }) {
      const place = { partition: world.partition, region: build.region, account: world.account };
      const parameter = parentParameter(job, build.key);
      const [state, values] = await Promise.all([
        scheduler.read(world.aws, build, place),
        readParameters(world.aws, build.region, [parameter]),
      ]);
      return { build, job, timing: timing(job), place, state, parent: values.get(parameter) };
    },

    plan({ build, job, timing: when, place, state, parent: found }) {
      const request = requestOf(build, job, when, place);
      const { parent, publishes } = request;
      const spec = scheduler.spec(request);
      return {
        build,
        pipeline: scheduler.nameOf(build, place),
        parent,
        publishes,
        spec,
        state,
        isThere: scheduler.found(state) === 'pipeline',
        changes: [...(found === parent.imageId ? [] : [PARENT]), ...scheduler.changes(spec, state)],
        next: scheduler.next(state),
      };
    },

    writes: ({ changes, spec, pipeline, build }) =>
      changes.map((part) => ({
        what: `pipeline ${pipeline.name} in ${build.region}: ${part}`,
        from: null,
        to: sha256(canonicalJson(spec)).slice(0, 12),
      })),

    preview(plan) {
      const outcome =
        plan.changes.length === 0 ? 'unchanged' : plan.isThere ? 'would-update' : 'would-create';
      return entryOf(plan, outcome, plan.next);
    },

    async apply(world, { build, parent, spec, state, changes }) {
      if (changes.includes(PARENT)) await writeParent(world, build, parent);
      const of = { spec, state, changes };
      await scheduler.write(build, of, { ...world, run: world.journal.run });
    },

    async check(world, plan) {
      const { build, spec, pipeline } = plan;
      const place = { partition: world.partition, region: build.region, account: world.account };
      const now = await until<{ state: object }>({
        aws: world.aws,
        signal: world.signal,
        budgetMs: READ_BACK_MS,
        async look() {
          const state = await scheduler.read(world.aws, build, place);
          return scheduler.changes(spec, state).length === 0 ? { state } : undefined;
        },
        late: () => new BakeError('PIPELINE_NOT_TAKEN', { name: pipeline.name, region: build.region }),
      });
      return entryOf(plan, plan.isThere ? 'updated' : 'created', scheduler.next(now.state));
    },

    say({ name, outcome, changes, next }) {
      const what = changes.length === 0 ? '' : ` (${changes.join(', ')})`;
      return `${outcome.replace('-', ' ')}${what} ${name}${next === null ? '' : ` · next ${next}`}`;
    },
  };
}

function requestOf(build: RenderedBuild, job: Job, timing: Timing, place: PipelinePlace): PipelineOrder {
  const { os, arch, parallelcluster } = build;
  const { parameter, channel, share } = job.publish;
  const name = parameterName(parameter, { channel, os, arch, parallelcluster });
  return {
    build,
    timing,
    place,
    parent: { parameter: parentParameter(job, build.key), imageId: build.base.id },
    publishes: job.target.regions.map((region) => ({ region, name })),
    share,
    kms: job.kms,
  };
}

async function writeParent(
  world: World,
  build: RenderedBuild,
  { parameter: name, imageId: wanted }: PipelineOrder['parent'],
): Promise<void> {
  await putAmiParameter(world.aws, build.region, name, wanted, `base image of ${build.key}`);
  // SSM answers before it validates the id (SSM API reference, PutParameter, DataType), and the recipe needs a valid one.
  let found = 'nothing';
  await until<true>({
    aws: world.aws,
    signal: world.signal,
    budgetMs: READ_BACK_MS,
    async look() {
      found = (await readParameters(world.aws, build.region, [name])).get(name) ?? 'nothing';
      return found === wanted ? true : undefined;
    },
    late: () =>
      new BakeError('PUBLISH_NOT_TAKEN', { name, region: build.region, wanted, found, reason: NOT_TAKEN }),
  });
}

function entryOf(
  { build, pipeline, parent, publishes, changes }: Plain<Plan>,
  outcome: PipelineEntry['outcome'],
  next: string | null,
): PipelineEntry {
  const { os, arch, parallelcluster, region } = build;
  const of = { os, arch, parallelcluster, region, ...pipeline };
  return { ...of, outcome, changes, next, parent, publishes: [...publishes] };
}

interface Removal {
  entry: Named & PipelineName;
  target: PipelineTarget;
  place: PipelinePlace;
  parameter: string;
  isThere: boolean;
}

/** `bake schedule --delete`: deletes the pipeline with what belongs to it, and its parent parameter. */
export function removalStage(
  scheduler: Scheduler,
): Stage<'schedule', World, Job, unknown, Removal, Removal, PipelineEntry> {
  return {
    name: 'schedule',

    async gather(world, job) {
      const { os, arch, parallelcluster, regions } = job.target;
      const [region] = regions;
      const target = { prefix: job.prefix, key: targetKey(job.target) };
      const place = { partition: world.partition, region, account: world.account };
      const parameter = parentParameter(job, target.key);
      const [state, values] = await Promise.all([
        scheduler.read(world.aws, target, place),
        readParameters(world.aws, region, [parameter]),
      ]);
      const entry = { os: os.id, arch, parallelcluster, region, ...scheduler.nameOf(target, place) };
      const isThere = scheduler.found(state) !== undefined || values.size > 0;
      return { entry, target, place, parameter, isThere };
    },

    plan: (facts) => facts,
    writes: ({ isThere, entry }) =>
      isThere ? [{ what: `pipeline ${entry.name} in ${entry.region}`, from: 'there', to: null }] : [],
    preview: (plan) => removed(plan, plan.isThere ? 'would-delete' : 'unchanged'),

    async apply(world, { entry, target, place, parameter }) {
      await scheduler.remove(world.aws, target, place);
      await deleteParameter(world.aws, entry.region, parameter);
    },

    check: async (_world, plan) => removed(plan, 'deleted'),
    say: ({ name, outcome }) =>
      outcome === 'unchanged' ? `${name} does not exist` : `${outcome.replace('-', ' ')} ${name}`,
  };
}

function removed({ entry }: Removal, outcome: PipelineEntry['outcome']): PipelineEntry {
  return { ...entry, outcome, changes: [], next: null, parent: null, publishes: [] };
}
