/**
 * Owns the list of rules that the service models lack: what is refused, with which code, and where that is written.
 * test/sandbox/rules.test.ts breaks each of them over the wire and sees that code; a rule without a test does not
 * compile there. What the models do say (required, enum, length, range, pattern) is checked by wire/validate.ts.
 */
import type { ServiceId } from './wire/model.ts';

export interface Rule {
  service: ServiceId;
  /** The error's code. */
  error: string;
  says: string;
  /** Where it is written. */
  source: string;
}

const EC2_ERRORS = 'EC2 API reference, "Error codes for the Amazon EC2 API"';
const EC2_TAGS = 'EC2 user guide, "Tag restrictions"';
const PUT = 'SSM API reference, PutParameter';
const LABELS = 'SSM user guide, "Working with parameter labels"';
const IMAGE_BUILDER = 'Image Builder API reference';

export const rules = {
  imageIdForm: {
    service: 'ec2',
    error: 'InvalidAMIID.Malformed',
    says: 'an AMI id is ami- with 8 or 17 hex digits',
    source: EC2_ERRORS,
  },
  imageExists: {
    service: 'ec2',
    error: 'InvalidAMIID.NotFound',
    says: 'an AMI that is named must exist',
    source: EC2_ERRORS,
  },
  imageOwn: {
    service: 'ec2',
    error: 'AuthFailure',
    says: 'only the owner changes or deregisters an AMI',
    source: EC2_ERRORS,
  },
  imageName: {
    service: 'ec2',
    error: 'InvalidAMIName.Malformed',
    says: "AMI names have 3 to 128 of letters, digits and ()[]. /-'@_",
    source: 'EC2 API reference, RegisterImage',
  },
  imageNameFree: {
    service: 'ec2',
    error: 'InvalidAMIName.Duplicate',
    says: 'an AMI name is free in its Region and account',
    source: EC2_ERRORS,
  },
  imageProtected: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    says: 'a protected AMI is not deregistered',
    source: 'EC2 user guide, "Protect an AMI from deregistration"',
  },
  imageShareKey: {
    service: 'ec2',
    error: 'InvalidParameter',
    says: "an AMI under the account's default EBS key is not shared",
    source: 'EC2 user guide, "Share an AMI with specific AWS accounts"',
  },
  imageIdsPaged: {
    service: 'ec2',
    error: 'InvalidParameterCombination',
    says: 'ImageIds and MaxResults exclude each other',
    source: 'EC2 API reference, DescribeImages',
  },
  vpcExists: {
    service: 'ec2',
    error: 'InvalidVpcID.NotFound',
    says: 'a VPC that is named must exist',
    source: EC2_ERRORS,
  },
  subnetExists: {
    service: 'ec2',
    error: 'InvalidSubnetID.NotFound',
    says: 'a subnet that is named must exist',
    source: EC2_ERRORS,
  },
  filterKnown: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    says: "a filter must be one of the operation's",
    source: EC2_ERRORS,
  },
  parameterKnown: {
    service: 'ec2',
    error: 'UnknownParameter',
    says: 'EC2 refuses parameters it does not know',
    source: EC2_ERRORS,
  },
  parameterThere: {
    service: 'ec2',
    error: 'MissingParameter',
    says: 'a required parameter is there',
    source: EC2_ERRORS,
  },
  copyOnce: {
    service: 'ec2',
    error: 'IdempotentParameterMismatch',
    says: 'a client token stands for one request',
    source: 'EC2 API reference, "Ensuring idempotency"',
  },
  deprecationTime: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    says: 'an AMI is deprecated in the future, within ten years',
    source: 'EC2 API reference, EnableImageDeprecation',
  },
  tagReserved: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    says: 'tag keys do not begin with aws:',
    source: EC2_TAGS,
  },
  tagCount: {
    service: 'ec2',
    error: 'TagLimitExceeded',
    says: 'a resource has at most 50 tags',
    source: EC2_TAGS,
  },
  snapshotInUse: {
    service: 'ec2',
    error: 'InvalidSnapshot.InUse',
    says: 'the snapshot of an AMI is not deleted',
    source: EC2_ERRORS,
  },
  instanceIdForm: {
    service: 'ec2',
    error: 'InvalidInstanceID.Malformed',
    says: 'an instance id is i- with 8 or 17 hex digits',
    source: EC2_ERRORS,
  },
  instanceExists: {
    service: 'ec2',
    error: 'InvalidInstanceID.NotFound',
    says: 'an instance that is named must exist',
    source: EC2_ERRORS,
  },
  instanceState: {
    service: 'ec2',
    error: 'IncorrectInstanceState',
    says: 'what has ended is not started again',
    source: EC2_ERRORS,
  },
  instanceArchitecture: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    says: 'instance type and AMI have one architecture',
    source: 'EC2 API reference, RunInstances',
  },
  instanceOnce: {
    service: 'ec2',
    error: 'IdempotentParameterMismatch',
    says: 'a client token stands for one launch',
    source: 'EC2 API reference, "Ensuring idempotency"',
  },
  instanceProtected: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    says: 'an instance protected from termination stays',
    source: 'EC2 user guide, "Change instance termination protection"',
  },
  interfaceGroups: {
    service: 'ec2',
    error: 'InvalidParameterCombination',
    says: 'network interfaces and groups of the instance exclude each other',
    source: EC2_ERRORS,
  },
  keyPairFree: {
    service: 'ec2',
    error: 'InvalidKeyPair.Duplicate',
    says: "a key pair's name is free in its Region",
    source: EC2_ERRORS,
  },
  groupFree: {
    service: 'ec2',
    error: 'InvalidGroup.Duplicate',
    says: "a group's name is free in its VPC",
    source: EC2_ERRORS,
  },
  groupDefault: {
    service: 'ec2',
    error: 'CannotDelete',
    says: 'the default group of a VPC stays',
    source: 'VPC user guide, "Default security groups"',
  },
  groupUsed: {
    service: 'ec2',
    error: 'DependencyViolation',
    says: 'a group that an instance has is not deleted',
    source: EC2_ERRORS,
  },
  volumeRoot: {
    service: 'ec2',
    error: 'VolumeInUse',
    says: 'an attached volume is not deleted',
    source: EC2_ERRORS,
  },
  volumeSize: {
    service: 'ec2',
    error: 'InvalidBlockDeviceMapping',
    says: 'a volume is not smaller than its snapshot',
    source: EC2_ERRORS,
  },
  snapshotShare: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    says: 'a snapshot under the default key is not shared',
    source: 'EBS user guide, "Share a snapshot"',
  },
  dryRun: {
    service: 'ec2',
    error: 'DryRunOperation',
    says: 'a dry run that would succeed answers with this error',
    source: 'EC2 API reference, "Dry run"',
  },

  parameterName: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'parameter names hold letters, digits and .-_/, paths begin with /',
    source: PUT,
  },
  parameterReserved: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'parameter names do not begin with ssm',
    source: PUT,
  },
  parameterReservedAws: {
    service: 'ssm',
    error: 'AccessDeniedException',
    says: 'nobody writes below /aws',
    source: 'SSM user guide, "Working with public parameters"',
  },
  parameterLevels: {
    service: 'ssm',
    error: 'HierarchyLevelLimitExceededException',
    says: 'a path has at most 15 levels',
    source: PUT,
  },
  parameterType: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'a new parameter needs a type',
    source: PUT,
  },
  parameterTypeStays: {
    service: 'ssm',
    error: 'HierarchyTypeMismatchException',
    says: 'a parameter keeps its type',
    source: PUT,
  },
  parameterExists: {
    service: 'ssm',
    error: 'ParameterAlreadyExists',
    says: 'without Overwrite nothing is overwritten, atomically',
    source: PUT,
  },
  parameterSize: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'standard values have at most 4 KB, advanced 8',
    source: 'SSM user guide, "Managing parameter tiers"',
  },
  parameterTags: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'tags and overwrite exclude each other',
    source: PUT,
  },
  parameterDataType: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'data types are text, aws:ec2:image, aws:ssm:integration',
    source: PUT,
  },
  parameterVersions: {
    service: 'ssm',
    error: 'ParameterMaxVersionLimitExceeded',
    says: 'of 100 versions the oldest goes, unless it is labelled',
    source: PUT,
  },
  parameterLabels: {
    service: 'ssm',
    error: 'ParameterVersionLabelLimitExceeded',
    says: 'a version has at most ten labels',
    source: LABELS,
  },
  parameterPath: {
    service: 'ssm',
    error: 'ValidationException',
    says: 'a path begins with /',
    source: 'SSM API reference, GetParametersByPath',
  },

  roleAccount: {
    service: 'sts',
    error: 'AccessDenied',
    says: 'roles of accounts outside the organization do not trust this one',
    source: 'STS API reference, AssumeRole',
  },

  documentOrUri: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    says: 'a component has data or uri',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  documentValid: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'a component document is what AWSTOE can read',
    source: 'Image Builder user guide, "Use component documents"',
  },
  componentImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    says: 'the same content is not made twice under one version',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  componentOnce: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'a recipe lists each component once',
    source: 'Image Builder user guide, "Image recipes"',
  },
  componentInUse: {
    service: 'imagebuilder',
    error: 'ResourceDependencyException',
    says: 'a component of a recipe is not deleted',
    source: `${IMAGE_BUILDER}, DeleteComponent`,
  },
  recipeImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    says: 'a version of a recipe never changes',
    source: `${IMAGE_BUILDER}, CreateImageRecipe`,
  },
  recipeParent: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'the parent image exists in the Region',
    source: `${IMAGE_BUILDER}, CreateImageRecipe`,
  },
  subnetGroups: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    says: 'a subnet needs security groups',
    source: `${IMAGE_BUILDER}, CreateInfrastructureConfiguration`,
  },
  buildDate: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'the AMI name holds {{ imagebuilder:buildDate }}',
    source: `${IMAGE_BUILDER}, AmiDistributionConfiguration`,
  },
  regionOnce: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'a distribution lists each Region once',
    source: `${IMAGE_BUILDER}, CreateDistributionConfiguration`,
  },
  tokenOnce: {
    service: 'imagebuilder',
    error: 'IdempotentParameterMismatchException',
    says: 'a client token stands for one request',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  componentSize: {
    service: 'imagebuilder',
    error: 'ServiceQuotaExceededException',
    says: 'a component document has at most 64 KB',
    source: 'Image Builder endpoints and quotas, "Component size"',
  },
  topicExists: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'the SNS topic of a configuration exists in its Region',
    source: `${IMAGE_BUILDER}, CreateInfrastructureConfiguration, snsTopicArn`,
  },
  pipelineExists: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    says: 'a pipeline has a name of its own',
    source: `${IMAGE_BUILDER}, CreateImagePipeline`,
  },
  scheduleValid: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'a schedule is a rate, or a cron expression of six fields',
    source: 'Image Builder user guide, "Use cron expressions in EC2 Image Builder"',
  },
  configurationInUse: {
    service: 'imagebuilder',
    error: 'ResourceDependencyException',
    says: 'what a pipeline uses is not deleted',
    source: `${IMAGE_BUILDER}, DeleteInfrastructureConfiguration`,
  },
  workflowRole: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    says: "workflows of one's own need an execution role",
    source: `${IMAGE_BUILDER}, CreateImage, workflows`,
  },
  workflowBuild: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'among workflows is one for the build',
    source: 'Image Builder user guide, "Manage build and test workflows"',
  },
  workflowImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    says: 'the same workflow is not made twice under one version',
    source: `${IMAGE_BUILDER}, CreateWorkflow`,
  },
  workflowSteps: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    says: 'a workflow has 1 to 15 steps of known actions',
    source: 'Image Builder user guide, "Create a YAML workflow document"',
  },
  retryState: {
    service: 'imagebuilder',
    error: 'InvalidRequestException',
    says: 'only a failed or cancelled test or distribution phase is retried',
    source: `${IMAGE_BUILDER}, RetryImage`,
  },
  dryRunEnds: {
    service: 'imagebuilder',
    error: 'DryRunOperationException',
    says: 'a dry run that would succeed answers with this error',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
