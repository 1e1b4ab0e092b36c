/**
 * The rules that the service models lack, each with its error code and its source. test/sandbox/rules.test.ts violates
 * each rule over the wire and expects that code; a rule without a test does not compile there. wire/validate.ts checks
 * what the models state: required members, enums, lengths, ranges, patterns.
 */
import type { ServiceId } from './wire/model.ts';

export interface SandboxRule {
  service: ServiceId;
  /** The error's code. */
  error: string;
  text: string;
  /** The document that states it. */
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
    text: 'an AMI id is ami- with 8 or 17 hex digits',
    source: EC2_ERRORS,
  },
  imageExists: {
    service: 'ec2',
    error: 'InvalidAMIID.NotFound',
    text: 'a named AMI exists',
    source: EC2_ERRORS,
  },
  imageOwn: {
    service: 'ec2',
    error: 'AuthFailure',
    text: 'only the owner changes or deregisters an AMI',
    source: EC2_ERRORS,
  },
  imageName: {
    service: 'ec2',
    error: 'InvalidAMIName.Malformed',
    text: "an AMI name has 3 to 128 letters, digits and ()[]. /-'@_",
    source: 'EC2 API reference, RegisterImage',
  },
  imageNameFree: {
    service: 'ec2',
    error: 'InvalidAMIName.Duplicate',
    text: 'an AMI name is unique in its Region and account',
    source: EC2_ERRORS,
  },
  imageProtected: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    text: 'a protected AMI cannot be deregistered',
    source: 'EC2 user guide, "Protect an AMI from deregistration"',
  },
  imageShareKey: {
    service: 'ec2',
    error: 'InvalidParameter',
    text: "an AMI encrypted with the account's default EBS key cannot be shared",
    source: 'EC2 user guide, "Share an AMI with specific AWS accounts"',
  },
  imageIdsPaged: {
    service: 'ec2',
    error: 'InvalidParameterCombination',
    text: 'ImageIds and MaxResults exclude each other',
    source: 'EC2 API reference, DescribeImages',
  },
  vpcExists: {
    service: 'ec2',
    error: 'InvalidVpcID.NotFound',
    text: 'a named VPC exists',
    source: EC2_ERRORS,
  },
  subnetExists: {
    service: 'ec2',
    error: 'InvalidSubnetID.NotFound',
    text: 'a named subnet exists',
    source: EC2_ERRORS,
  },
  filterKnown: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    text: 'a filter is one that the operation has',
    source: EC2_ERRORS,
  },
  parameterKnown: {
    service: 'ec2',
    error: 'UnknownParameter',
    text: 'EC2 refuses unknown parameters',
    source: EC2_ERRORS,
  },
  parameterThere: {
    service: 'ec2',
    error: 'MissingParameter',
    text: 'required parameters are present',
    source: EC2_ERRORS,
  },
  copyOnce: {
    service: 'ec2',
    error: 'IdempotentParameterMismatch',
    text: 'a client token belongs to one request',
    source: 'EC2 API reference, "Ensuring idempotency"',
  },
  deprecationTime: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    text: 'the deprecation time is in the future and within ten years',
    source: 'EC2 API reference, EnableImageDeprecation',
  },
  tagReserved: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    text: 'tag keys do not begin with aws:',
    source: EC2_TAGS,
  },
  tagCount: {
    service: 'ec2',
    error: 'TagLimitExceeded',
    text: 'a resource has at most 50 tags',
    source: EC2_TAGS,
  },
  snapshotInUse: {
    service: 'ec2',
    error: 'InvalidSnapshot.InUse',
    text: 'the snapshot of an AMI cannot be deleted',
    source: EC2_ERRORS,
  },
  instanceIdForm: {
    service: 'ec2',
    error: 'InvalidInstanceID.Malformed',
    text: 'an instance id is i- with 8 or 17 hex digits',
    source: EC2_ERRORS,
  },
  instanceExists: {
    service: 'ec2',
    error: 'InvalidInstanceID.NotFound',
    text: 'a named instance exists',
    source: EC2_ERRORS,
  },
  instanceState: {
    service: 'ec2',
    error: 'IncorrectInstanceState',
    text: 'a terminated instance cannot be started',
    source: EC2_ERRORS,
  },
  instanceArchitecture: {
    service: 'ec2',
    error: 'InvalidParameterValue',
    text: 'the instance type and the AMI have the same architecture',
    source: 'EC2 API reference, RunInstances',
  },
  instanceOnce: {
    service: 'ec2',
    error: 'IdempotentParameterMismatch',
    text: 'a client token belongs to one launch',
    source: 'EC2 API reference, "Ensuring idempotency"',
  },
  instanceProtected: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    text: 'an instance with termination protection cannot be terminated',
    source: 'EC2 user guide, "Change instance termination protection"',
  },
  interfaceGroups: {
    service: 'ec2',
    error: 'InvalidParameterCombination',
    text: 'network interfaces and instance-level groups exclude each other',
    source: EC2_ERRORS,
  },
  keyPairFree: {
    service: 'ec2',
    error: 'InvalidKeyPair.Duplicate',
    text: "a key pair's name is unique in its Region",
    source: EC2_ERRORS,
  },
  groupFree: {
    service: 'ec2',
    error: 'InvalidGroup.Duplicate',
    text: "a group's name is unique in its VPC",
    source: EC2_ERRORS,
  },
  groupDefault: {
    service: 'ec2',
    error: 'CannotDelete',
    text: 'the default group of a VPC cannot be deleted',
    source: 'VPC user guide, "Default security groups"',
  },
  groupUsed: {
    service: 'ec2',
    error: 'DependencyViolation',
    text: 'a group that an instance uses cannot be deleted',
    source: EC2_ERRORS,
  },
  volumeRoot: {
    service: 'ec2',
    error: 'VolumeInUse',
    text: 'an attached volume cannot be deleted',
    source: EC2_ERRORS,
  },
  volumeSize: {
    service: 'ec2',
    error: 'InvalidBlockDeviceMapping',
    text: 'a volume is not smaller than its snapshot',
    source: EC2_ERRORS,
  },
  snapshotShare: {
    service: 'ec2',
    error: 'OperationNotPermitted',
    text: 'a snapshot encrypted with the default key cannot be shared',
    source: 'EBS user guide, "Share a snapshot"',
  },
  dryRun: {
    service: 'ec2',
    error: 'DryRunOperation',
    text: 'a dry run that would succeed returns this error',
    source: 'EC2 API reference, "Dry run"',
  },

  parameterName: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'a parameter name has letters, digits and .-_/; a path begins with /',
    source: PUT,
  },
  parameterReserved: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'parameter names do not begin with ssm',
    source: PUT,
  },
  parameterReservedAws: {
    service: 'ssm',
    error: 'AccessDeniedException',
    text: 'no account writes below /aws',
    source: 'SSM user guide, "Working with public parameters"',
  },
  parameterLevels: {
    service: 'ssm',
    error: 'HierarchyLevelLimitExceededException',
    text: 'a path has at most 15 levels',
    source: PUT,
  },
  parameterType: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'a new parameter needs a type',
    source: PUT,
  },
  parameterTypeStays: {
    service: 'ssm',
    error: 'HierarchyTypeMismatchException',
    text: 'a parameter keeps its type',
    source: PUT,
  },
  parameterExists: {
    service: 'ssm',
    error: 'ParameterAlreadyExists',
    text: 'a write without Overwrite never replaces a parameter',
    source: PUT,
  },
  parameterSize: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'a standard value has at most 4 KB, an advanced one 8 KB',
    source: 'SSM user guide, "Managing parameter tiers"',
  },
  parameterTags: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'tags and overwrite exclude each other',
    source: PUT,
  },
  parameterDataType: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'the data type is text, aws:ec2:image or aws:ssm:integration',
    source: PUT,
  },
  parameterVersions: {
    service: 'ssm',
    error: 'ParameterMaxVersionLimitExceeded',
    text: 'a write that would drop a labelled version is refused; 100 versions are kept',
    source: PUT,
  },
  parameterLabels: {
    service: 'ssm',
    error: 'ParameterVersionLabelLimitExceeded',
    text: 'a version has at most ten labels',
    source: LABELS,
  },
  parameterPath: {
    service: 'ssm',
    error: 'ValidationException',
    text: 'a path begins with /',
    source: 'SSM API reference, GetParametersByPath',
  },

  roleAccount: {
    service: 'sts',
    error: 'AccessDenied',
    text: 'roles of accounts outside the organization do not trust this account',
    source: 'STS API reference, AssumeRole',
  },

  documentOrUri: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    text: 'a component has either data or uri',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  documentValid: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'a component document is valid for AWSTOE',
    source: 'Image Builder user guide, "Use component documents"',
  },
  componentImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    text: 'one version cannot be created twice with the same content',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  componentOnce: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'a recipe lists each component once',
    source: 'Image Builder user guide, "Image recipes"',
  },
  componentInUse: {
    service: 'imagebuilder',
    error: 'ResourceDependencyException',
    text: 'a component that a recipe uses cannot be deleted',
    source: `${IMAGE_BUILDER}, DeleteComponent`,
  },
  recipeImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    text: 'a version of a recipe never changes',
    source: `${IMAGE_BUILDER}, CreateImageRecipe`,
  },
  recipeParent: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'the parent image exists in the Region',
    source: `${IMAGE_BUILDER}, CreateImageRecipe`,
  },
  subnetGroups: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    text: 'a subnet needs security groups',
    source: `${IMAGE_BUILDER}, CreateInfrastructureConfiguration`,
  },
  buildDate: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'the AMI name contains {{ imagebuilder:buildDate }}',
    source: `${IMAGE_BUILDER}, AmiDistributionConfiguration`,
  },
  regionOnce: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'a distribution lists each Region once',
    source: `${IMAGE_BUILDER}, CreateDistributionConfiguration`,
  },
  tokenOnce: {
    service: 'imagebuilder',
    error: 'IdempotentParameterMismatchException',
    text: 'a client token belongs to one request',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
  componentSize: {
    service: 'imagebuilder',
    error: 'ServiceQuotaExceededException',
    text: 'a component document has at most 64 KB',
    source: 'Image Builder endpoints and quotas, "Component size"',
  },
  topicExists: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'the SNS topic of a configuration exists in its Region',
    source: `${IMAGE_BUILDER}, CreateInfrastructureConfiguration, snsTopicArn`,
  },
  pipelineExists: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    text: "a pipeline's name is unique",
    source: `${IMAGE_BUILDER}, CreateImagePipeline`,
  },
  scheduleValid: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'a schedule is a rate, or a cron expression of six fields',
    source: 'Image Builder user guide, "Use cron expressions in EC2 Image Builder"',
  },
  configurationInUse: {
    service: 'imagebuilder',
    error: 'ResourceDependencyException',
    text: 'a configuration that a pipeline uses cannot be deleted',
    source: `${IMAGE_BUILDER}, DeleteInfrastructureConfiguration`,
  },
  workflowRole: {
    service: 'imagebuilder',
    error: 'InvalidParameterCombinationException',
    text: 'custom workflows need an execution role',
    source: `${IMAGE_BUILDER}, CreateImage, workflows`,
  },
  workflowBuild: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'the workflows include exactly one for the build',
    source: 'Image Builder user guide, "Manage build and test workflows"',
  },
  workflowImmutable: {
    service: 'imagebuilder',
    error: 'ResourceAlreadyExistsException',
    text: 'one version of a workflow cannot be created twice with the same content',
    source: `${IMAGE_BUILDER}, CreateWorkflow`,
  },
  workflowSteps: {
    service: 'imagebuilder',
    error: 'InvalidParameterValueException',
    text: 'a workflow has 1 to 15 steps with supported actions',
    source: 'Image Builder user guide, "Create a YAML workflow document"',
  },
  retryState: {
    service: 'imagebuilder',
    error: 'InvalidRequestException',
    text: 'only a failed or cancelled test or distribution phase can be retried',
    source: `${IMAGE_BUILDER}, RetryImage`,
  },
  dryRunEnds: {
    service: 'imagebuilder',
    error: 'DryRunOperationException',
    text: 'a dry run that would succeed returns this error',
    source: `${IMAGE_BUILDER}, CreateComponent`,
  },
} as const satisfies Record<string, SandboxRule>;

export type RuleId = keyof typeof rules;
