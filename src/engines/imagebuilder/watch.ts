/** Follows a build to its end: progress, its log, one retry if that helps, and why it failed. */
import { RetryImageCommand } from '@aws-sdk/client-imagebuilder';
import { until } from '../../aws/until.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { collectReport, type Report, type Reports } from '../../image/report.ts';
import type { BakeContext } from '../engine.ts';
import type { ImageBuilderBuild } from './section.ts';
import { readImage, stepsAt, UNDER_WAY, type FailureContext, type SeenImage } from './image.ts';
import { openLog } from './log.ts';
import { clientToken } from './names.ts';

/** The longest that bake waits for a build. The build continues, and a later run joins it. */
const BUDGET_MS = 6 * 3600_000;
/** Lines of the log that an error shows. */
const TAIL = 20;
/** How long reads may miss a new build before it counts as gone, and a retry before it counts as without effect. */
const VISIBLE_MS = 120_000;
/** bake reads the workflow's step only after the log has been silent for this long, because that takes two calls. */
const SILENCE_MS = 10_000;

const GONE = 'the image is gone from Image Builder';

/** @throws BakeError BAKE_FAILED, VERIFY_FAILED, BAKE_CANCELLED */
export async function watch(arn: string, build: ImageBuilderBuild, context: BakeContext): Promise<void> {
  const { aws, emit } = context;
  const { region, label } = build;
  const log = openLog(aws, region, arn);
  const tail: string[] = [];
  const heard: Reports = { reports: [], data: [] };
  const total = build.steps.length + build.rows.length;
  let toldAt = Date.now();

  async function follow(): Promise<void> {
    await log.read((line) => {
      const before = heard.reports.length;
      if (collectReport(line, heard)) {
        const report = heard.reports[before];
        if (report) progress(`${report.id} ${report.outcome}`);
        return;
      }
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      emit({ type: 'output', stage: 'bake', target: label, source: 'image', line });
    });
    if (Date.now() - toldAt < SILENCE_MS) return;
    const [step] = await stepsAt(aws, region, arn, 'RUNNING');
    toldAt = Date.now();
    if (step?.name !== undefined) progress(step.name);
  }
  function progress(text: string): void {
    toldAt = Date.now();
    const done = new Set(heard.reports.map(({ kind, id }) => `${kind} ${id}`)).size;
    emit({ type: 'stageProgress', stage: 'bake', target: label, text, done, total });
  }
  function failure(step: string, output: string): BakeError {
    return new BakeError('BAKE_FAILED', { target: label, step, output: output.trim() });
  }

  /** @param before the failure that a retry starts from: reads may still show it for a while */
  async function toItsEnd(before?: FailureContext): Promise<SeenImage | undefined> {
    let seenAt = Date.now();
    const since = Date.now();
    let status = '';
    const end = await until<{ seen: SeenImage | undefined }>({
      aws,
      signal: context.signal,
      budgetMs: BUDGET_MS,
      async look() {
        const seen = await readImage(aws, region, arn);
        // Reads are eventually consistent: a later read may show an older state.
        if (seen) seenAt = Date.now();
        else if (Date.now() - seenAt < VISIBLE_MS) return undefined;
        if (before && isSame(seen?.failure, before) && Date.now() - since < VISIBLE_MS) return undefined;
        const now = seen?.image.state?.status ?? 'DELETED';
        if (now !== status) progress(now.toLowerCase());
        status = now;
        await follow();
        return UNDER_WAY.has(now) ? undefined : { seen };
      },
      late: () => failure('the wait (six hours)', ''),
    });
    return end.seen;
  }

  async function retry(failed: FailureContext): Promise<boolean> {
    const token = clientToken('retry', arn, failed.stepExecutionId ?? failed.workflowExecutionId ?? '');
    try {
      await aws
        .imagebuilder(region)
        .send(new RetryImageCommand({ imageBuildVersionArn: arn, clientToken: token }));
      return true;
    } catch (error) {
      emit({ type: 'warning', text: `${label}: it could not be tried again: ${(error as Error).message}` });
      return false;
    }
  }

  let end = await toItsEnd();
  if (end?.failure && isWorthARetry(end, heard)) {
    const text = `${label}: ${end.image.state?.reason ?? 'failed'}; trying the ${phaseOf(end.failure)} again`;
    emit({ type: 'warning', text });
    if (await retry(end.failure)) end = await toItsEnd(end.failure);
  }
  // The last lines arrive after the state.
  await follow();
  const status = end?.image.state?.status;
  if (status === 'AVAILABLE') return;
  if (status === 'CANCELLED') throw new BakeError('BAKE_CANCELLED', { target: label });
  const red = lastWords(heard).filter((report) => report.outcome === 'failed');
  const redRows = red.filter((report) => report.kind === 'row');
  if (redRows.length > 0) {
    await context.heard(heard);
    throw new BakeError('VERIFY_FAILED', { target: label, rows: redRows.map(rowText) });
  }
  const place = await placeOfFailure(end?.failure, () => stepsAt(aws, region, arn, 'FAILED'));
  throw failure(
    red[0] ? `step ${red[0].id}` : place.step,
    // State, step and log often have the same text.
    [...new Set([end?.image.state?.reason ?? GONE, ...place.output, ...tail])].join('\n'),
  );
}

/** Retries once if no step or row failed, because launching an instance or copying may work the next time. */
function isWorthARetry({ image, failure }: SeenImage, heard: Reports): boolean {
  if (image.state?.status !== 'FAILED' || failure?.componentFailure) return false;
  if (failure?.imageStatus !== 'TESTING' && failure?.imageStatus !== 'DISTRIBUTING') return false;
  return lastWords(heard).every((report) => report.outcome !== 'failed');
}

function phaseOf({ imageStatus }: FailureContext): string {
  return imageStatus === 'TESTING' ? 'test phase' : 'distribution';
}

function isSame(a: FailureContext | undefined, b: FailureContext): boolean {
  return (
    a !== undefined &&
    a.stepExecutionId === b.stepExecutionId &&
    a.workflowExecutionId === b.workflowExecutionId
  );
}

/** A script may have run twice (a reboot, a retried phase); its last report counts. */
function lastWords({ reports }: Reports): Report[] {
  return [...new Map(reports.map((report) => [`${report.kind} ${report.id}`, report])).values()];
}

function rowText(report: Report): string {
  return [report.id, ...report.text.trim().split('\n').slice(-3)].join('\n      ');
}

/** The place and text of the failure, from the failure context or else from the workflow's steps. */
async function placeOfFailure(
  failure: FailureContext | undefined,
  failedSteps: () => Promise<{ name?: string | undefined; message?: string | undefined }[]>,
): Promise<{ step: string; output: string[] }> {
  const component = failure?.componentFailure;
  if (component) {
    const { stepName = 'unnamed', phaseName, errorMessage } = component;
    return { step: `step ${stepName} (${phaseName ?? 'component'})`, output: lines(errorMessage) };
  }
  const regions = failure?.distributionFailure?.regionFailures ?? [];
  if (regions.length > 0) {
    const said = regions.map(({ region, targetAccountId, errorMessage }) =>
      [region, targetAccountId, errorMessage].filter((part) => part !== undefined).join(' · '),
    );
    return { step: 'distribution', output: said };
  }
  const [step] = await failedSteps();
  const name = failure?.failedStep ?? step?.name;
  if (name === undefined) return { step: 'Image Builder', output: [] };
  return { step: `Image Builder's ${name}`, output: lines(step?.message) };
}

function lines(text: string | undefined): string[] {
  return text === undefined ? [] : [text];
}
