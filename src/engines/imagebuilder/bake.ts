/** Bakes with Image Builder: one-off builds (CreateImage), watched to their end. It knows nothing of a sandbox. */
import {
  CancelImageCreationCommand,
  CreateImageCommand,
  ListImageBuildVersionsCommand,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import { findAmis, removeAmi } from '../../aws/images.ts';
import { until } from '../../aws/until.ts';
import type { BakeContext } from '../engine.ts';
import { MISSING, readImage, UNDER_WAY } from './image.ts';
import { VERSION, arnOf, clientToken, imageRecipeName } from './names.ts';
import { ensureObjects } from './objects.ts';
import { runBody } from './requests.ts';
import type { ImageBuilderBuild } from './section.ts';
import { watch } from './watch.ts';

/** The time that a cancelled build has to end. */
const CANCEL_MS = 60_000;

export async function bakeWithImageBuilder(build: ImageBuilderBuild, context: BakeContext): Promise<void> {
  const joined = context.rebake ? undefined : await findUnderWay(build, context);
  const arn = joined ?? (await start(build, context));
  context.remember({ imageBuildVersionArn: arn });
  try {
    await watch(arn, build, context);
  } catch (error) {
    if (context.signal.aborted) await cancel(arn, build, context);
    await removeOutput(arn, build, context);
    throw error;
  }
}

/** The running build of the same recipe that a killed run started. This run holds the lease, so it may take over the build. */
async function findUnderWay(build: ImageBuilderBuild, context: BakeContext): Promise<string | undefined> {
  const place = { partition: context.partition, region: build.region, account: context.account };
  const imageVersionArn = arnOf(place, 'image', imageRecipeName(build), VERSION);
  try {
    const answer = await context.aws
      .imagebuilder(build.region)
      .send(new ListImageBuildVersionsCommand({ imageVersionArn }));
    return answer.imageSummaryList?.find((image) => UNDER_WAY.has(image.state?.status ?? ''))?.arn;
  } catch (error) {
    if (isAws(error, ...MISSING)) return undefined;
    throw error;
  }
}

async function start(build: ImageBuilderBuild, context: BakeContext): Promise<string> {
  const objects = await ensureObjects(build, context);
  const answer = await context.aws.imagebuilder(build.region).send(
    new CreateImageCommand({
      imageRecipeArn: objects.recipe,
      infrastructureConfigurationArn: objects.infrastructure,
      distributionConfigurationArn: objects.distribution,
      ...runBody(build),
      clientToken: clientToken('image', build.fingerprint, context.run),
    }),
  );
  return answer.imageBuildVersionArn ?? '';
}

/** Cancels the remote build after a signal. An error of that must not hide the reason for the stop. */
async function cancel(arn: string, build: ImageBuilderBuild, context: BakeContext): Promise<void> {
  const { aws, run, emit } = context;
  const token = clientToken('cancel', arn, run);
  try {
    await aws
      .imagebuilder(build.region)
      .send(new CancelImageCreationCommand({ imageBuildVersionArn: arn, clientToken: token }));
    await until<true>({
      aws,
      signal: AbortSignal.timeout(CANCEL_MS),
      budgetMs: CANCEL_MS,
      async look() {
        const seen = await readImage(aws, build.region, arn);
        return UNDER_WAY.has(seen?.image.state?.status ?? '') ? undefined : true;
      },
      late: () => new Error('it is still being cancelled'),
    });
  } catch (error) {
    emit({ type: 'warning', text: `could not cancel ${arn}: ${(error as Error).message}` });
  }
}

/** Removes the AMI of an incomplete build: CancelImageCreation does not remove it (Image Builder API reference), and without our tags nothing would find it. */
async function removeOutput(
  arn: string,
  build: ImageBuilderBuild,
  { aws, emit }: BakeContext,
): Promise<void> {
  try {
    const status = (await readImage(aws, build.region, arn))?.image.state?.status;
    if (status !== 'FAILED' && status !== 'CANCELLED') return;
    const filters = { 'tag:Ec2ImageBuilderArn': [arn] };
    for (const { id } of await findAmis(aws, build.region, { owners: ['self'], filters })) {
      await removeAmi(aws, build.region, id);
    }
  } catch (error) {
    emit({ type: 'warning', text: `could not remove what ${arn} left: ${(error as Error).message}` });
  }
}
