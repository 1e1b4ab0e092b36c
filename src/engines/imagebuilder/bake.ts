/** Bakes with Image Builder: one-off builds (CreateImage), watched to their end. It knows nothing of a sandbox. */
import {
  CancelImageCreationCommand,
  CreateImageCommand,
  paginateListImageBuildVersions,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import { findAmis, removeAmi } from '../../aws/images.ts';
import { until } from '../../aws/until.ts';
import { compareText } from '../../util/compare.ts';
import type { BakeContext } from '../engine.ts';
import { MISSING, readImage, UNDER_WAY } from './image.ts';
import { VERSION, arnOf, clientToken, imageRecipeName } from './names.ts';
import { ensureObjects } from './objects.ts';
import { runBody } from './requests.ts';
import type { ImageBuilderBuild } from './section.ts';
import { watch } from './watch.ts';

/** States of a build that made no image. */
const FAILED: ReadonlySet<string> = new Set(['FAILED', 'CANCELLED', 'DELETED']);

/** The time that a cancelled build has to end. */
const CANCEL_MS = 60_000;

export async function bakeWithImageBuilder(build: ImageBuilderBuild, context: BakeContext): Promise<void> {
  const before = await findBuilds(build, context);
  const joined = context.rebake ? undefined : before.find(({ status }) => UNDER_WAY.has(status))?.arn;
  const failed = before.filter(({ status }) => FAILED.has(status)).map(({ arn }) => arn);
  const arn = joined ?? (await start(build, context, failed));
  context.remember({ imageBuildVersionArn: arn });
  try {
    await watch(arn, build, context);
  } catch (error) {
    if (context.signal.aborted) await cancel(arn, build, context);
    await removeOutput(arn, build, context);
    throw error;
  }
}

/**
 * The builds of the same recipe. This run holds the lease, so it may take over one that a killed run started.
 */
async function findBuilds(
  build: ImageBuilderBuild,
  context: BakeContext,
): Promise<{ arn: string; status: string }[]> {
  const place = { partition: context.partition, region: build.region, account: context.account };
  const imageVersionArn = arnOf(place, 'image', imageRecipeName(build), VERSION);
  const found: { arn: string; status: string }[] = [];
  try {
    const pages = paginateListImageBuildVersions(
      { client: context.aws.imagebuilder(build.region) },
      { imageVersionArn },
    );
    for await (const page of pages) {
      for (const { arn, state } of page.imageSummaryList ?? []) {
        if (arn !== undefined) found.push({ arn, status: state?.status ?? '' });
      }
    }
  } catch (error) {
    if (!isAws(error, ...MISSING)) throw error;
  }
  return found;
}

/** @param failed builds whose end is not the answer to this request, also if this run made them before it was killed */
async function start(
  build: ImageBuilderBuild,
  context: BakeContext,
  failed: readonly string[],
): Promise<string> {
  const objects = await ensureObjects(build, context);
  const answer = await context.aws.imagebuilder(build.region).send(
    new CreateImageCommand({
      imageRecipeArn: objects.recipe,
      infrastructureConfigurationArn: objects.infrastructure,
      distributionConfigurationArn: objects.distribution,
      ...runBody(build),
      clientToken: clientToken('image', build.fingerprint, context.run, ...[...failed].sort(compareText)),
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
