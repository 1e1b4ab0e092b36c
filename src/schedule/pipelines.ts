/** The stages of `bake schedule --engine imagebuilder`, which create, update or delete the pipeline of each target. */
import { deleteParameter, putAmiParameter, readParameters } from '../aws/parameters.ts';
import { READ_BACK_MS, until } from '../aws/until.ts';
import { ensureComponents, ensureInfrastructure, ensureRecipe } from '../engines/imagebuilder/objects.ts';
import {
  readPipeline,
  removePipeline,
  writeDistribution,
  writePipeline,
  type PipelineState,
} from '../engines/imagebuilder/pipelines.ts';
import { BakeError } from '../errors/bake-error.ts';
import { targetKey } from '../os/target.ts';
import { canonicalJson } from '../util/canonical.ts';
import { sha256 } from '../util/sha256.ts';
import type { Stage } from '../run/stage.ts';
import type { RenderedBuild } from '../pipeline/stages/render.ts';
import type { Job, World } from '../pipeline/world.ts';
import { pipelineArns, pipelineSpec, parentParameter, type PipelineSpec, type Timing } from './spec.ts';

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
  /** When Image Builder checks next whether to bake (ISO 8601); null if that is unknown, or never. */
  next: string | null;
  parent: { parameter: string; imageId: string } | null;
  publishes: { region: string; name: string }[];
}

const NOT_TAKEN = 'the base image cannot be used by this account';

interface Facts extends PipelineState {
  build: RenderedBuild;
  job: Job;
  timing: Timing;
  place: { partition: string; region: string; account: string };
  /** The value of the parent parameter. */
  parent: string | undefined;
}

interface Plan {
  build: RenderedBuild;
  spec: PipelineSpec;
  changes: string[];
  seen: PipelineState;
  next: string | null;
}

type Named = Pick<PipelineEntry, 'os' | 'arch' | 'parallelcluster' | 'region'>;

/** @param timing of each pipeline */
export function pipelineStage(
  timing: (job: Job) => Timing,
): Stage<'schedule', World, Job, { render: RenderedBuild }, Facts, Plan, PipelineEntry> {
  return {
    name: 'schedule',

    async gather(world, job, { render: build }) {
      const place = { partition: world.partition, region: build.region, account: world.account };
      const parameter = parentParameter(job, build.key);
      const [state, values] = await Promise.all([
        readPipeline(world.aws, build.region, pipelineArns(build, place)),
        readParameters(world.aws, build.region, [parameter]),
      ]);
      return { ...state, build, job, timing: timing(job), place, parent: values.get(parameter) };
    },

    plan({ build, job, timing: when, place, parent, pipeline, distribution }) {
      const spec = pipelineSpec(build, job, when, place);
      const seen = { pipeline, distribution };
      return { build, spec, changes: changesOf(spec, seen, parent), seen, next: nextOf(seen) };
    },

    writes: ({ changes, spec, build }) =>
      changes.map((part) => ({
        what: `pipeline ${spec.name} in ${build.region}: ${part}`,
        from: null,
        to: sha256(canonicalJson(spec)).slice(0, 12),
      })),

    preview(plan) {
      const outcome =
        plan.changes.length === 0 ? 'unchanged' : plan.seen.pipeline ? 'would-update' : 'would-create';
      return entryOf(plan, outcome, plan.next);
    },

    async apply(world, { build, spec, changes, seen }) {
      const maker = { ...world, run: world.journal.run };
      if (changes.includes('parent')) await writeParent(world, build, spec);
      const componentArns = await ensureComponents(build, maker);
      await Promise.all([
        ensureRecipe(spec.recipe, build, `ssm:${spec.parent.parameter}`, componentArns, maker),
        ensureInfrastructure(build, maker),
      ]);
      const writing = { aws: world.aws, region: build.region, name: spec.name, run: world.journal.run };
      if (changes.includes('distribution'))
        await writeDistribution(writing, spec.arns.distribution, spec.distributions, seen.distribution);
      await writePipeline(writing, spec.arns.pipeline, spec.body, seen.pipeline);
    },

    async check(world, plan) {
      const { build, spec } = plan;
      const now = await until<PipelineState>({
        signal: world.signal,
        budgetMs: READ_BACK_MS,
        async look() {
          const state = await readPipeline(world.aws, build.region, spec.arns);
          return changesOf(spec, state, spec.parent.imageId).length === 0 ? state : undefined;
        },
        late: () => new BakeError('PIPELINE_NOT_TAKEN', { name: spec.name, region: build.region }),
      });
      return entryOf(plan, plan.seen.pipeline ? 'updated' : 'created', nextOf(now));
    },

    say({ name, outcome, changes, next }) {
      const what = changes.length === 0 ? '' : ` (${changes.join(', ')})`;
      return `${outcome.replace('-', ' ')}${what} ${name}${next === null ? '' : ` · next ${next}`}`;
    },
  };
}

/** The parts that differ, in the order in which bake writes them. */
function changesOf(spec: PipelineSpec, seen: PipelineState, parent: string | undefined): string[] {
  const pipeline: Record<string, unknown> = { ...seen.pipeline };
  const body: Record<string, unknown> = { ...spec.body };
  const differs = (key: string): boolean => !includesWanted(pipeline[key], body[key]);
  const parts: Record<string, readonly string[]> = {
    recipe: ['imageRecipeArn'],
    infrastructure: ['infrastructureConfigurationArn'],
    schedule: ['schedule', 'status'],
    settings: ['description', 'distributionConfigurationArn', 'executionRole', 'workflows', 'imageTestsConfiguration', 'enhancedImageMetadataEnabled'],
  }; // prettier-ignore
  return [
    ...(parent === spec.parent.imageId ? [] : ['parent']),
    ...(includesWanted(seen.distribution?.distributions, spec.distributions) ? [] : ['distribution']),
    ...Object.entries(parts).flatMap(([part, keys]) => (keys.some(differs) ? [part] : [])),
  ];
}

/** Whether the existing value contains the wanted one. AWS adds members with its defaults, so additional members are fine; lists must match exactly. */
function includesWanted(there: unknown, spec: unknown): boolean {
  if (Array.isArray(spec)) {
    return (
      Array.isArray(there) &&
      there.length === spec.length &&
      spec.every((one, i) => includesWanted(there[i], one))
    );
  }
  if (typeof spec !== 'object' || spec === null)
    return spec === undefined ? isNothing(there) : canonicalJson(there) === canonicalJson(spec);
  if (typeof there !== 'object' || there === null) return false;
  return Object.entries(spec).every(([key, value]) => {
    const found = (there as Record<string, unknown>)[key];
    // Removing a tag is a change, too.
    return key === 'amiTags' ? canonicalJson(found) === canonicalJson(value) : includesWanted(found, value);
  });
}

function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

async function writeParent(world: World, build: RenderedBuild, { parent }: PipelineSpec): Promise<void> {
  const { parameter: name, imageId: wanted } = parent;
  await putAmiParameter(world.aws, build.region, name, wanted, `base image of ${build.key}`);
  // SSM answers before it validates the id (SSM API reference, PutParameter, DataType), and the recipe needs a valid one.
  let found = 'nothing';
  await until<true>({
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

function nextOf({ pipeline }: PipelineState): string | null {
  const next: unknown = pipeline?.dateNextRun;
  return typeof next === 'string' ? next : null;
}

function entryOf(
  { build, spec, changes }: Plan,
  outcome: PipelineEntry['outcome'],
  next: string | null,
): PipelineEntry {
  const { os, arch, parallelcluster, region } = build;
  const { name, parent, publishes } = spec;
  const of = { os, arch, parallelcluster, region, name, arn: spec.arns.pipeline };
  return { ...of, outcome, changes, next, parent, publishes };
}

interface Removal {
  entry: Named & { name: string };
  arns: ReturnType<typeof pipelineArns>;
  parameter: string;
  there: boolean;
}

/** `bake schedule --delete`: deletes the pipeline, its distribution configuration and its parent parameter. */
export const removalStage: Stage<'schedule', World, Job, unknown, Removal, Removal, PipelineEntry> = {
  name: 'schedule',

  async gather(world, job) {
    const { os, arch, parallelcluster, regions } = job.target;
    const [region] = regions;
    const key = targetKey(job.target);
    const arns = pipelineArns(
      { prefix: job.prefix, key },
      { partition: world.partition, region, account: world.account },
    );
    const parameter = parentParameter(job, key);
    const [state, values] = await Promise.all([
      readPipeline(world.aws, region, arns),
      readParameters(world.aws, region, [parameter]),
    ]);
    const there = state.pipeline !== undefined || state.distribution !== undefined || values.size > 0;
    const name = arns.pipeline.split('/').at(-1) ?? '';
    return { entry: { os: os.id, arch, parallelcluster, region, name }, arns, parameter, there };
  },

  plan: (facts) => facts,
  writes: ({ there, entry }) =>
    there ? [{ what: `pipeline ${entry.name} in ${entry.region}`, from: 'there', to: null }] : [],
  preview: (plan) => removed(plan, plan.there ? 'would-delete' : 'unchanged'),

  async apply(world, { entry, arns, parameter }) {
    await removePipeline(world.aws, entry.region, arns);
    await deleteParameter(world.aws, entry.region, parameter);
  },

  check: async (_world, plan) => removed(plan, 'deleted'),
  say: ({ name, outcome }) =>
    outcome === 'unchanged' ? `${name} does not exist` : `${outcome.replace('-', ' ')} ${name}`,
};

function removed({ entry, arns }: Removal, outcome: PipelineEntry['outcome']): PipelineEntry {
  return { ...entry, arn: arns.pipeline, outcome, changes: [], next: null, parent: null, publishes: [] };
}
