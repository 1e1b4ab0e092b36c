/** Makes the specification of the pipeline of a target from its Build and bakery.yaml. Pure. */
import type { Build } from '../engines/engine.ts';
import {
  VERSION,
  arnOf,
  infrastructureName,
  pipelineName,
  pipelineRecipeName,
  type ArnScope,
} from '../engines/imagebuilder/names.ts';
import type { Distribution, PipelineArns, PipelineBody } from '../engines/imagebuilder/pipelines.ts';
import {
  infrastructureBody,
  ownDistribution,
  recipeBody,
  runBody,
} from '../engines/imagebuilder/requests.ts';
import type { Job } from '../pipeline/world.ts';
import { parameterName, parameterRoot } from '../publish/parameter.ts';
import { renderComponents } from '../render/imagebuilder.ts';
import { imageTags } from '../render/tags.ts';

/** The tag `bakery:run` of an image that a pipeline baked. */
export const PIPELINE_RUN = 'pipeline';

/** `schedule` of bakery.yaml, overridden by the command line. */
export interface Timing {
  /** `cron(…)` or `rate(…)`. */
  expression: string;
  timezone: string;
  start: 'updates' | 'always';
}

export interface PipelineSpec {
  name: string;
  arns: PipelineArns;
  recipe: string;
  /** The SSM parameter with the parent image of the recipe, in the Region of the pipeline. */
  parent: { parameter: string; imageId: string };
  distributions: Distribution[];
  body: PipelineBody;
  publishes: { region: string; name: string }[];
}

const CONDITIONS = {
  updates: 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE',
  always: 'EXPRESSION_MATCH_ONLY',
} as const;

/** Tuesdays: the official images and patches of the previous week are published, and a failure does not cost a weekend. */
const DEFAULT_CRON = {
  monthly: 'cron(0 3 ? * TUE#1 *)',
  weekly: 'cron(0 3 ? * TUE *)',
  // The age of an image is no reason to bake, so the pipeline only checks for updates each week.
  never: 'cron(0 3 ? * TUE *)',
} as const;

export function defaultExpression(refresh: keyof typeof DEFAULT_CRON): string {
  return DEFAULT_CRON[refresh];
}

export function pipelineArns(build: Pick<Build, 'prefix' | 'key'>, place: ArnScope): PipelineArns {
  const name = pipelineName(build);
  return {
    pipeline: arnOf(place, 'image-pipeline', name),
    distribution: arnOf(place, 'distribution-configuration', name),
  };
}

/** The parameter next to the channels with the parent image of a pipeline; a new value counts as an update (Image Builder API reference, Schedule). */
export function parentParameter(job: Pick<Job, 'publish'>, key: string): string {
  return `${parameterRoot(job.publish.parameter)}parent/${key}`;
}

/** @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY, CONFIG_VALUE */
export function pipelineSpec(build: Build, job: Job, timing: Timing, place: ArnScope): PipelineSpec {
  const parent = { parameter: parentParameter(job, build.key), imageId: build.base.id };
  const { components } = renderComponents(build.steps, build.rows, {
    label: build.label,
    prefix: build.prefix,
    staging: build.builder.imageBuilder.staging,
  });
  const componentArns = components.map(({ name }) => arnOf(place, 'component', name, `${VERSION}/1`));
  const body = recipeBody(build, `ssm:${parent.parameter}`, componentArns);
  const recipe = pipelineRecipeName(build, body);
  const arns = pipelineArns(build, place);
  const name = pipelineName(build);
  const publishes = job.target.regions.map((region) => ({ region, name: channelParameter(build, job) }));
  return {
    name,
    arns,
    recipe,
    parent,
    distributions: distributionsOf(build, job),
    publishes,
    body: {
      description: `${build.label} for ParallelCluster ${build.parallelcluster}`,
      imageRecipeArn: arnOf(place, 'image-recipe', recipe, VERSION),
      infrastructureConfigurationArn: arnOf(
        place,
        'infrastructure-configuration',
        infrastructureName(build.prefix, infrastructureBody(build)),
      ),
      distributionConfigurationArn: arns.distribution,
      ...runBody(build),
      // Needed without workflows, too: the service-linked role can only write parameters below /imagebuilder/ (aws/aws-cdk:packages/@aws-cdk/aws-imagebuilder-alpha/lib/private/policy-helper.ts).
      executionRole: build.builder.imageBuilder.executionRole,
      schedule: {
        scheduleExpression: timing.expression,
        timezone: timing.timezone,
        pipelineExecutionStartCondition: CONDITIONS[timing.start],
      },
      status: 'ENABLED',
    },
  };
}

function channelParameter({ os, arch, parallelcluster }: Build, { publish }: Job): string {
  return parameterName(publish.parameter, { channel: publish.channel, os, arch, parallelcluster });
}

/** One distribution for each Region of the target, where Image Builder copies, shares, tags and publishes the image. */
function distributionsOf(build: Build, job: Job): Distribution[] {
  const tags = imageTags({ ...build, run: PIPELINE_RUN, baseImageId: build.base.id });
  const { accounts, organizations, organizationalUnits } = job.publish.share;
  // undefined removes launch permissions that an earlier version had.
  const shared = accounts.length + organizations.length + organizationalUnits.length > 0;
  const launchPermission = shared
    ? {
        userIds: orNothing(accounts),
        organizationArns: orNothing(organizations),
        organizationalUnitArns: orNothing(organizationalUnits),
      }
    : undefined;
  return job.target.regions.map((region) => {
    const own = ownDistribution({ ...build, region }, tags);
    return {
      ...own,
      amiDistributionConfiguration: {
        ...own.amiDistributionConfiguration,
        // In the first Region, the block devices of the recipe set the key.
        kmsKeyId: region === build.region ? undefined : job.kms[region],
        launchPermission,
      },
      ssmParameterConfigurations: [
        { parameterName: channelParameter(build, job), dataType: 'aws:ec2:image' },
      ],
    };
  });
}

function orNothing(list: readonly string[]): string[] | undefined {
  return list.length === 0 ? undefined : [...list];
}
