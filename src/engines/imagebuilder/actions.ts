/** The IAM actions of the imagebuilder engine: its own calls, and those that Image Builder makes with bake's permissions. */
import { imageResources, type ActionRow, type Resources } from '../../aws/action-rows.ts';
import type { EngineActions } from '../engine.ts';

const ofBuilder =
  (...kinds: string[]): Resources =>
  (s) =>
    kinds.map((kind) => `arn:${s.partition}:imagebuilder:*:${s.account}:${kind}/${s.prefix}-*`);
const builderRoles: Resources = (s) =>
  [s.role, ...(s.engineRoles ?? [])].map(
    (role) => `arn:${s.partition}:iam::${s.account}:role/${role.split('/').at(-1)}`,
  );

const bake: readonly ActionRow[] = [
  {
    actions: [
      'imagebuilder:CancelImageCreation',
      'imagebuilder:CreateComponent',
      'imagebuilder:CreateDistributionConfiguration',
      'imagebuilder:CreateImage',
      'imagebuilder:CreateImageRecipe',
      'imagebuilder:CreateInfrastructureConfiguration',
      'imagebuilder:GetImage',
      'imagebuilder:ListImageBuildVersions',
      'imagebuilder:RetryImage',
    ],
    resources: ofBuilder(
      'component',
      'distribution-configuration',
      'image',
      'image-recipe',
      'infrastructure-configuration',
    ),
  },
  {
    actions: ['imagebuilder:ListWorkflowExecutions', 'imagebuilder:ListWorkflowStepExecutions'],
    resources: (s) => [
      ...(ofBuilder('image')(s) ?? []),
      // The executions of an image have ids instead of names.
      `arn:${s.partition}:imagebuilder:*:${s.account}:workflow-execution/*`,
    ],
  },
  {
    // Dependent actions of the Create* above (Service Authorization Reference, EC2 Image Builder).
    actions: [
      'imagebuilder:GetComponent',
      'imagebuilder:GetDistributionConfiguration',
      'imagebuilder:GetImageRecipe',
      'imagebuilder:GetInfrastructureConfiguration',
      'imagebuilder:TagResource',
    ],
    resources: ofBuilder(
      'component',
      'distribution-configuration',
      'image',
      'image-recipe',
      'infrastructure-configuration',
    ),
    by: 'Image Builder',
  },
  {
    actions: ['iam:PassRole'],
    resources: builderRoles,
    // Image Builder starts the instance with one role and runs workflows with the other (its user guide, "Required IAM permissions").
    condition: {
      StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'imagebuilder.amazonaws.com'] },
    },
    by: 'Image Builder',
  },
  {
    actions: ['iam:CreateServiceLinkedRole'],
    resources: (s) => [
      `arn:${s.partition}:iam::${s.account}:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder`,
    ],
    by: 'Image Builder',
  },
  {
    actions: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
    resources: imageResources,
  },
  {
    actions: ['logs:GetLogEvents'],
    resources: (s) => [`arn:${s.partition}:logs:*:${s.account}:log-group:/aws/imagebuilder/${s.prefix}-*`],
  },
];

const schedule: readonly ActionRow[] = [
  {
    actions: [
      'imagebuilder:CreateImagePipeline',
      'imagebuilder:DeleteDistributionConfiguration',
      'imagebuilder:DeleteImagePipeline',
      'imagebuilder:GetImagePipeline',
      'imagebuilder:UpdateDistributionConfiguration',
      'imagebuilder:UpdateImagePipeline',
    ],
    resources: ofBuilder(
      'distribution-configuration',
      'image-pipeline',
      'image-recipe',
      'infrastructure-configuration',
    ),
  },
];

export const imageBuilderActions: EngineActions = { bake, schedule };
