/** Makes the specification of the pipeline of a target from its Build and bakery.yaml. Pure. */
import { imageTags } from '../../render/tags.ts';
import type { PipelinePlace, PipelineOrder, PipelineTarget } from '../scheduler.ts';
import { componentsOf } from './components.ts';
import { VERSION, arnOf, infrastructureName, pipelineName, pipelineRecipeName } from './names.ts';
import type { Distribution, PipelineArns, PipelineBody } from './pipelines.ts';
import { infrastructureBody, ownDistribution, recipeBody, runBody } from './requests.ts';
import type { ImageBuilderSettings } from './section.ts';

/** The tag `bakery:run` of an image that a pipeline baked. */
export const PIPELINE_RUN = 'pipeline';

export interface PipelineSpec {
  name: string;
  arns: PipelineArns;
  recipe: string;
  /** The SSM parameter with the parent image of the recipe, in the Region of the pipeline. */
  parent: { parameter: string; imageId: string };
  distributions: Distribution[];
  body: PipelineBody;
  publishes: readonly { region: string; name: string }[];
}

const CONDITIONS = {
  updates: 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE',
  always: 'EXPRESSION_MATCH_ONLY',
} as const;

export function pipelineArns(target: PipelineTarget, place: PipelinePlace): PipelineArns {
  const name = pipelineName(target);
  return {
    pipeline: arnOf(place, 'image-pipeline', name),
    distribution: arnOf(place, 'distribution-configuration', name),
  };
}

/** @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY, CONFIG_VALUE */
export function pipelineSpec(request: PipelineOrder<ImageBuilderSettings>): PipelineSpec {
  const { build, parent, place, publishes, timing } = request;
  const { components } = componentsOf(build);
  const componentArns = components.map(({ name }) => arnOf(place, 'component', name, `${VERSION}/1`));
  const body = recipeBody(build, `ssm:${parent.parameter}`, componentArns);
  const recipe = pipelineRecipeName(build, body);
  const arns = pipelineArns(build, place);
  const name = pipelineName(build);
  return {
    name,
    arns,
    recipe,
    parent,
    distributions: distributionsOf(request),
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
      executionRole: build.settings.executionRole,
      schedule: {
        scheduleExpression: timing.expression,
        timezone: timing.timezone,
        pipelineExecutionStartCondition: CONDITIONS[timing.start],
      },
      status: 'ENABLED',
    },
  };
}

/** One distribution for each Region of the target, where Image Builder copies, shares, tags and publishes the image. */
function distributionsOf({
  build,
  publishes,
  share: { accounts, organizations, organizationalUnits },
  kms,
}: PipelineOrder<ImageBuilderSettings>): Distribution[] {
  const tags = imageTags({ ...build, run: PIPELINE_RUN, baseImageId: build.base.id });
  // undefined removes launch permissions that an earlier version had.
  const shared = accounts.length + organizations.length + organizationalUnits.length > 0;
  const launchPermission = shared
    ? {
        userIds: orNothing(accounts),
        organizationArns: orNothing(organizations),
        organizationalUnitArns: orNothing(organizationalUnits),
      }
    : undefined;
  return publishes.map(({ region, name }) => {
    const own = ownDistribution({ ...build, region }, tags);
    return {
      ...own,
      amiDistributionConfiguration: {
        ...own.amiDistributionConfiguration,
        // In the first Region, the block devices of the recipe set the key.
        kmsKeyId: region === build.region ? undefined : kms[region],
        launchPermission,
      },
      ssmParameterConfigurations: [{ parameterName: name, dataType: 'aws:ec2:image' }],
    };
  });
}

function orNothing(list: readonly string[]): string[] | undefined {
  return list.length === 0 ? undefined : [...list];
}
