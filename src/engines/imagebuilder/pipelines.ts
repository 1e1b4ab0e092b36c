/** The calls about pipelines: read one with its distribution, create or replace both, remove them. */
import {
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  DeleteDistributionConfigurationCommand,
  DeleteImagePipelineCommand,
  GetDistributionConfigurationCommand,
  GetImagePipelineCommand,
  UpdateDistributionConfigurationCommand,
  UpdateImagePipelineCommand,
  type CreateImagePipelineRequest,
  type Distribution,
  type DistributionConfiguration,
  type ImagePipeline,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import type { Session } from '../../aws/session.ts';
import { MISSING } from './image.ts';
import { freshToken } from './names.ts';

export type { Distribution };

/** The request for a pipeline, without its name and token. */
export type PipelineBody = Omit<CreateImagePipelineRequest, 'name' | 'clientToken' | 'dryRun' | 'tags'> & {
  imageRecipeArn: string;
  infrastructureConfigurationArn: string;
  distributionConfigurationArn: string;
};

export interface PipelineArns {
  pipeline: string;
  distribution: string;
}

export interface PipelineState {
  pipeline: ImagePipeline | undefined;
  distribution: DistributionConfiguration | undefined;
}

export async function readPipeline(aws: Session, region: string, arns: PipelineArns): Promise<PipelineState> {
  const client = aws.imagebuilder(region);
  const [pipeline, distribution] = await Promise.all([
    orMissing(client.send(new GetImagePipelineCommand({ imagePipelineArn: arns.pipeline }))),
    orMissing(
      client.send(
        new GetDistributionConfigurationCommand({ distributionConfigurationArn: arns.distribution }),
      ),
    ),
  ]);
  return { pipeline: pipeline?.imagePipeline, distribution: distribution?.distributionConfiguration };
}

async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAws(error, ...MISSING)) return undefined;
    throw error;
  }
}

export interface Writing {
  aws: Session;
  region: string;
  name: string;
}

/** Creates the distribution configuration, or replaces all of it. */
export async function writeDistribution(
  { aws, region, name }: Writing,
  arn: string,
  distributions: Distribution[],
  seen: DistributionConfiguration | undefined,
): Promise<void> {
  const client = aws.imagebuilder(region);
  const token = freshToken();
  const update = new UpdateDistributionConfigurationCommand({
    distributionConfigurationArn: arn,
    distributions,
    clientToken: token,
  });
  if (seen) return void (await client.send(update));
  try {
    await client.send(
      new CreateDistributionConfigurationCommand({ name, distributions, clientToken: token }),
    );
  } catch (error) {
    if (!isAws(error, 'ResourceAlreadyExistsException')) throw error;
    await client.send(update);
  }
}

/** Creates the pipeline, or replaces all of it. */
export async function writePipeline(
  { aws, region, name }: Writing,
  arn: string,
  body: PipelineBody,
  seen: ImagePipeline | undefined,
): Promise<void> {
  const client = aws.imagebuilder(region);
  const token = freshToken();
  const update = new UpdateImagePipelineCommand({ ...body, imagePipelineArn: arn, clientToken: token });
  if (seen) return void (await client.send(update));
  try {
    await client.send(new CreateImagePipelineCommand({ ...body, name, clientToken: token }));
  } catch (error) {
    if (!isAws(error, 'ResourceAlreadyExistsException')) throw error;
    await client.send(update);
  }
}

/** Removes both, if they exist. Keeps images, recipes and components, because others may use them. */
export async function removePipeline(aws: Session, region: string, arns: PipelineArns): Promise<void> {
  const client = aws.imagebuilder(region);
  await orMissing(client.send(new DeleteImagePipelineCommand({ imagePipelineArn: arns.pipeline })));
  await orMissing(
    client.send(
      new DeleteDistributionConfigurationCommand({ distributionConfigurationArn: arns.distribution }),
    ),
  );
}
