/** Owns the imagebuilder engine: one-off builds (CreateImage), watched to their end. It knows nothing of a sandbox. */
import {
  CancelImageCreationCommand,
  CreateImageCommand,
  GetImageCommand,
  ListImageBuildVersionsCommand,
  type Image,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import { findAmis, removeAmi, type Ami } from '../../aws/images.ts';
import type { Session } from '../../aws/session.ts';
import { until } from '../../aws/until.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { listen, type Report, type Said } from '../../image/report.ts';
import { renderComponents } from '../../render/imagebuilder.ts';
import type { BakeContext, Build, Engine, RenderedFile } from '../engine.ts';
import { VERSION, arnOf, clientToken, recipeName } from './names.ts';
import { openLog } from './log.ts';
import { ensureObjects } from './objects.ts';

/** Longest a build may take before we stop waiting (it goes on, and a later run joins it). */
const BUDGET_MS = 6 * 3600_000;
/** Lines of the log that an error shows. */
const TAIL = 20;

/** Get* and List* answer any of these for what is not there (engines.md A2). */
const MISSING = ['ResourceNotFoundException', 'InvalidRequestException', 'InvalidParameterValueException'];
/** How long a build may be invisible to reads before it counts as gone. */
const VISIBLE_MS = 120_000;
/** How long a cancelled build is given to come to its end. */
const CANCEL_MS = 60_000;

const UNDER_WAY = new Set(['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING']);

export const imagebuilder: Engine = { id: 'imagebuilder', render, bake, said };

function render(build: Build): RenderedFile[] {
  return renderComponents(build.steps, build.rows, build).components.map((component) => ({
    path: `imagebuilder/${component.name}.yaml`,
    text: component.document,
    mode: 0o644,
  }));
}

async function bake(build: Build, context: BakeContext): Promise<void> {
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

/** A build of this very recipe that a killed run left going: its lease is ours now, so its build is, too. */
async function findUnderWay(build: Build, context: BakeContext): Promise<string | undefined> {
  const place = { partition: context.partition, region: build.region, account: context.account };
  const imageVersionArn = arnOf(place, 'image', recipeName(build), VERSION);
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

async function start(build: Build, context: BakeContext): Promise<string> {
  const { components } = renderComponents(build.steps, build.rows, build);
  const objects = await ensureObjects(build, components, context);
  const answer = await context.aws.imagebuilder(build.region).send(
    new CreateImageCommand({
      imageRecipeArn: objects.recipe,
      infrastructureConfigurationArn: objects.infrastructure,
      distributionConfigurationArn: objects.distribution,
      imageTestsConfiguration: { imageTestsEnabled: true },
      // Collecting metadata fails the build where the organisation has an SSM inventory association (engines.md A4).
      enhancedImageMetadataEnabled: false,
      clientToken: clientToken('image', build.fingerprint, context.run),
    }),
  );
  return answer.imageBuildVersionArn ?? '';
}

async function watch(arn: string, build: Build, context: BakeContext): Promise<void> {
  const log = openLog(context.aws, build.region, arn);
  const tail: string[] = [];
  const heard: Said = { reports: [], data: [] };
  const total = build.steps.length + build.rows.length;

  async function follow(): Promise<void> {
    await log.read((line) => {
      const before = heard.reports.length;
      if (listen(line, heard)) {
        const report = heard.reports[before];
        if (report) progress(`${report.id} ${report.outcome}`);
        return;
      }
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      context.emit({ type: 'output', stage: 'bake', target: build.label, source: 'image', line });
    });
  }
  function progress(text: string): void {
    context.emit({
      type: 'stageProgress',
      stage: 'bake',
      target: build.label,
      text,
      done: heard.reports.length,
      total,
    });
  }

  let seenAt = Date.now();
  let status = '';
  const image = await until<Image>({
    signal: context.signal,
    budgetMs: BUDGET_MS,
    async look() {
      const found = await getImage(arn, build, context.aws);
      // A read may lag behind what was made, and behind what another read has shown.
      if (found) seenAt = Date.now();
      else if (Date.now() - seenAt < VISIBLE_MS) return undefined;
      const now = found?.state?.status ?? 'DELETED';
      if (now !== status) progress(now.toLowerCase());
      status = now;
      await follow();
      return UNDER_WAY.has(now) ? undefined : (found ?? {});
    },
    late: () => failure('the wait (six hours)', ''),
  });
  await follow();
  if (image.state?.status === 'AVAILABLE') return;
  if (image.state?.status === 'CANCELLED') throw new BakeError('BAKE_CANCELLED', { target: build.label });
  const red = heard.reports.filter((report) => report.outcome === 'failed');
  const redRows = red.filter((report) => report.kind === 'row');
  if (redRows.length > 0) {
    await context.heard(heard);
    throw new BakeError('VERIFY_FAILED', { target: build.label, rows: redRows.map(rowText) });
  }
  throw failure(
    red[0] ? `step ${red[0].id}` : 'Image Builder',
    [image.state?.reason ?? '', ...tail].join('\n'),
  );

  function failure(step: string, output: string): BakeError {
    return new BakeError('BAKE_FAILED', { target: build.label, step, output: output.trim() });
  }
}

function rowText(report: Report): string {
  return [report.id, ...report.text.trim().split('\n').slice(-3)].join('\n      ');
}

async function getImage(arn: string, build: Build, aws: Session): Promise<Image | undefined> {
  try {
    const command = new GetImageCommand({ imageBuildVersionArn: arn });
    return (await aws.imagebuilder(build.region).send(command)).image;
  } catch (error) {
    if (isAws(error, ...MISSING)) return undefined;
    throw error;
  }
}

/** A clean stop takes the remote build down with it; a failure to do so must not hide the reason for the stop. */
async function cancel(arn: string, build: Build, context: BakeContext): Promise<void> {
  const { aws, run, emit } = context;
  const token = clientToken('cancel', arn, run);
  try {
    await aws
      .imagebuilder(build.region)
      .send(new CancelImageCreationCommand({ imageBuildVersionArn: arn, clientToken: token }));
    await until<true>({
      signal: AbortSignal.timeout(CANCEL_MS),
      budgetMs: CANCEL_MS,
      async look() {
        const image = await getImage(arn, build, aws);
        return UNDER_WAY.has(image?.state?.status ?? '') ? undefined : true;
      },
      late: () => new Error('it is still being cancelled'),
    });
  } catch (error) {
    emit({ type: 'warning', text: `could not cancel ${arn}: ${(error as Error).message}` });
  }
}

/** A build that did not come to its end leaves its AMI behind, without our tags (engines.md A2): nobody would find it. */
async function removeOutput(arn: string, build: Build, { aws, emit }: BakeContext): Promise<void> {
  try {
    const image = await getImage(arn, build, aws);
    if (image?.state?.status !== 'FAILED' && image?.state?.status !== 'CANCELLED') return;
    const filters = { 'tag:Ec2ImageBuilderArn': [arn] };
    for (const { id } of await findAmis(aws, build.region, { owners: ['self'], filters })) {
      await removeAmi(aws, build.region, id);
    }
  } catch (error) {
    emit({ type: 'warning', text: `could not remove what ${arn} left: ${(error as Error).message}` });
  }
}

async function said(image: Ami, aws: Session): Promise<Said> {
  const heard: Said = { reports: [], data: [] };
  // Image Builder's own tag on every AMI it makes.
  const arn = image.tags['Ec2ImageBuilderArn'];
  if (arn !== undefined) await openLog(aws, image.region, arn).read((line) => listen(line, heard));
  return heard;
}
