/** Makes the bodies of Image Builder's Create requests from a Build. Pure. */
import type {
  CreateImageRecipeRequest,
  CreateInfrastructureConfigurationRequest,
  Distribution,
  WorkflowConfiguration,
} from '@aws-sdk/client-imagebuilder';
import { imageBuilderName } from './names.ts';
import type { ImageBuilderBuild } from './section.ts';

type RecipeBody = Omit<
  CreateImageRecipeRequest,
  'name' | 'semanticVersion' | 'description' | 'clientToken' | 'dryRun'
>;
type InfrastructureBody = Omit<CreateInfrastructureConfigurationRequest, 'name' | 'clientToken' | 'dryRun'>;

/** @param parentImage an AMI id, or `ssm:<parameter>` */
export function recipeBody(
  { base, builder }: Pick<ImageBuilderBuild, 'base' | 'builder'>,
  parentImage: string,
  componentArns: readonly string[],
): RecipeBody {
  return {
    parentImage,
    components: componentArns.map((componentArn) => ({ componentArn })),
    // The root device stays first and as large as it was: a cluster that pins a smaller RootVolume.Size breaks.
    blockDeviceMappings: [
      {
        deviceName: base.rootDevice,
        ebs: {
          encrypted: true,
          deleteOnTermination: true,
          volumeType: 'gp3',
          ...(base.sizeGiB === undefined ? {} : { volumeSize: base.sizeGiB }),
          ...(builder.kmsKey === undefined ? {} : { kmsKeyId: builder.kmsKey }),
        },
      },
    ],
  };
}

/** Firewalls select by tag, so resourceTags are on the build and test instances and their volumes from launch. */
export function infrastructureBody({
  builder,
  settings: { topic },
}: Pick<ImageBuilderBuild, 'builder' | 'settings'>): InfrastructureBody {
  return {
    instanceTypes: [builder.instanceType],
    instanceProfileName: builder.instanceProfile,
    terminateInstanceOnFailure: true,
    // One hop: containers on the build instance must not get its role.
    instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
    ...(builder.subnet === undefined ? {} : { subnetId: builder.subnet }),
    ...(builder.securityGroups.length === 0 ? {} : { securityGroupIds: [...builder.securityGroups] }),
    ...(Object.keys(builder.tags).length === 0 ? {} : { resourceTags: { ...builder.tags } }),
    ...(topic === undefined ? {} : { snsTopicArn: topic }),
  };
}

/** The distribution in the Region that bakes. */
export function ownDistribution(
  build: Pick<ImageBuilderBuild, 'region' | 'name' | 'base'>,
  tags: Readonly<Record<string, string>>,
): Distribution {
  return {
    region: build.region,
    amiDistributionConfiguration: {
      name: imageBuilderName(build.name),
      // The OpenRM check of ParallelCluster reads the Description (aws-parallelcluster:cli/src/pcluster/validators/ec2_validators.py, InstanceTypeBaseAMICompatibleValidator).
      description: build.base.description,
      amiTags: { ...tags },
    },
  };
}

/** The settings that a build and a pipeline share. */
export function runBody({ settings: { workflows, executionRole } }: Pick<ImageBuilderBuild, 'settings'>): {
  imageTestsConfiguration: { imageTestsEnabled: true };
  enhancedImageMetadataEnabled: false;
  workflows?: WorkflowConfiguration[];
  executionRole?: string;
} {
  return {
    imageTestsConfiguration: { imageTestsEnabled: true },
    // Collecting metadata fails the build if the organization has an SSM inventory association (Image Builder user guide, "Troubleshoot").
    enhancedImageMetadataEnabled: false,
    // The default workflows work with Image Builder's own role.
    ...(workflows.length === 0
      ? {}
      : {
          workflows: workflows.map((workflowArn) => ({ workflowArn, onFailure: 'ABORT' as const })),
          ...(executionRole === undefined ? {} : { executionRole }),
        }),
  };
}
