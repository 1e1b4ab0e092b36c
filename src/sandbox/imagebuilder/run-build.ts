/** Runs one build through its build, test and distribution stages. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rehearsal, RehearsalRequest, RehearsalTarget } from '../../engines/rehearsal/contract.ts';
import { tagsOf } from '../ec2/tags.ts';
import { ACCOUNT } from '../ids.ts';
import { partitionOf } from '../../os/releases.ts';
import { openObjectFiles } from '../s3/files.ts';
import { objectAt } from '../s3/rows.ts';
import { begin } from '../store/transaction.ts';
import {
  getRow,
  rowKey,
  listRows,
  putRow,
  type BuildRow,
  type BuildWorkflow,
  type DeviceRow,
  type ImageRow,
  type RecipeRow,
} from '../tables.ts';
import type { BuilderOptions, Transact } from './builder.ts';
import { findComponent } from './components.ts';
import { dropBuildLog, openBuildLog, type BuildLog } from './log.ts';
import {
  DistributionFailed,
  distribute,
  distributionsOf,
  makeOutput,
  newImageId,
  outputDevices,
} from './output.ts';
import { DEFAULT_WORKFLOWS, type WorkflowType } from './default-workflows.ts';
import { recordBuildEnd } from './pipeline-runs.ts';
import { trackBuild, type BuildProgress } from './progress.ts';
import { parentOf } from './recipes.ts';
import { StageRefused, stageScripts, type ConfiguredComponent, type FetchedObject } from './scripts.ts';
import { runStage } from './stage.ts';

export interface BuildRun extends BuilderOptions {
  build: BuildRow;
  /** Folder of the layers. */
  layers: string;
  transact: Transact;
  signal: AbortSignal;
}

/** Values that the stages share. */
interface Work {
  recipe: RecipeRow;
  parent: ImageRow;
  components: ConfiguredComponent[];
  target: RehearsalTarget;
  devices: DeviceRow[];
  rehearse: ((request: RehearsalRequest) => Promise<Rehearsal>) | undefined;
}

/** A failed build, with the failure context that GetImage returns. */
class BuildFailed extends Error {
  readonly context: Record<string, unknown>;

  constructor(message: string, context: Record<string, unknown> = {}) {
    super(message);
    this.context = context;
  }
}

/** Runs a build and records how it ended. An abort leaves its record unchanged. @throws only if recording fails */
export async function runBuild(run: BuildRun): Promise<void> {
  if (run.build.resumeAt === undefined) removeEarlierAttempt(run);
  const now = (): Date => run.clock.now();
  const log = openBuildLog(run.build, now, run.transact);
  const progress = trackBuild(run.build, now, run.transact);
  let stage: WorkflowType = 'BUILD';
  try {
    if (!progress.status('CREATING')) return;
    log.write(`Image ${run.build.arn}: ${run.build.resumeAt === undefined ? 'build started' : 'retried'}`);
    const work = await prepare(run);
    const image = await builtImage(run, work, log, progress);
    if (!image) return;
    const tests = run.build.resumeAt === 'DISTRIBUTION' ? [] : workflowsOf(run.build, 'TEST');
    if (run.build.testsEnabled && tests.length > 0) {
      stage = 'TEST';
      if (!progress.status('TESTING', { imageId: image.id })) return;
      for (const workflow of tests) await testStage(run, work, image, log, progress, workflow);
    }
    stage = 'DISTRIBUTION';
    if (!progress.status('DISTRIBUTING', { imageId: image.id })) return;
    await waitAsLongAsAws(run, 'distribution');
    distributionStage(run, image, log, progress);
  } catch (error) {
    if (run.signal.aborted) return recordStop(run, progress);
    recordFailure(run, error as Error, stage, log, progress);
  } finally {
    log.close();
  }
}

/** The AMI of the build phase: built now, or before a retry. Undefined if the build was cancelled. */
async function builtImage(
  run: BuildRun,
  work: Work,
  log: BuildLog,
  progress: BuildProgress,
): Promise<ImageRow | undefined> {
  const { build, store } = run;
  if (build.resumeAt === undefined) {
    if (!progress.status('BUILDING')) return undefined;
    return buildStage(run, work, log, progress);
  }
  const image = getRow(store, 'image', rowKey(build.region, build.imageId ?? ''));
  if (!image) throw new BuildFailed(`The AMI ${build.imageId} no longer exists.`);
  return image;
}

/** The workflows of one type that a build runs: those of its request, else the default workflow. */
function workflowsOf(build: BuildRow, type: WorkflowType): Omit<BuildWorkflow, 'onFailure'>[] {
  const own = build.workflows?.filter((workflow) => workflow.type === type) ?? [];
  if (own.length > 0 || (build.workflows !== undefined && type === 'TEST')) return own;
  const { name, steps } = DEFAULT_WORKFLOWS[type];
  const head = `arn:${partitionOf(build.region)}:imagebuilder:${build.region}:aws:workflow`;
  const arn = `${head}/${type.toLowerCase()}/${name}/1.0.2/1`;
  return [{ arn, name, type, steps: steps.map(([step, action]) => [step, action]) }];
}

function has(workflow: Pick<BuildWorkflow, 'steps'>, action: string): boolean {
  return workflow.steps.some(([, one]) => one === action);
}

/** Ends the workflow of a cancelled build. If the sandbox is closing instead, the build restarts later: record nothing. */
function recordStop({ store, build }: BuildRun, progress: BuildProgress): void {
  const row = getRow(store, 'build', rowKey(build.region, build.arn));
  if (row?.status === 'CANCELLED') progress.end('cancelled', 'CANCELLED');
}

function recordFailure(
  run: BuildRun,
  error: Error,
  stage: WorkflowType,
  log: BuildLog,
  progress: BuildProgress,
): void {
  const imageStatus = { BUILD: 'BUILDING', TEST: 'TESTING', DISTRIBUTION: 'DISTRIBUTING' }[stage];
  progress.end(error.message.slice(0, 1024));
  log.write(`Failed while ${imageStatus}: ${error.message}`);
  log.flush();
  const context = error instanceof BuildFailed ? error.context : {};
  progress.status('FAILED', {
    reason: error.message.slice(0, 1024),
    failureContext: { imageStatus, ...progress.place(), ...context },
  });
  run.transact((place) => recordBuildEnd(place, run.build, 'FAILED'));
}

/** Removes the AMI and the partial log that a killed process left behind, so that the build restarts from scratch. */
function removeEarlierAttempt({ build, transact }: BuildRun): void {
  dropBuildLog(build, transact);
  transact(({ state }) => {
    for (const workflow of listRows(state, 'workflow', build.region)) {
      if (workflow.buildArn === build.arn) state.remove('workflow', rowKey(build.region, workflow.id));
    }
    const place = { state, region: build.region };
    for (const image of listRows(state, 'image', build.region)) {
      if (tagsOf(place, image.id)['Ec2ImageBuilderArn'] !== build.arn) continue;
      state.remove('image', rowKey(build.region, image.id));
      state.remove('tags', rowKey(build.region, image.id));
      for (const { snapshotId } of image.devices)
        state.remove('snapshot', rowKey(build.region, snapshotId ?? ''));
    }
  });
}

async function prepare({ build, store, rehearse }: BuildRun): Promise<Work> {
  const place = {
    state: begin(store),
    region: build.region,
    partition: partitionOf(build.region),
    account: ACCOUNT,
  };
  const recipe = getRow(store, 'recipe', rowKey(build.region, build.recipeArn));
  if (!recipe) throw new BuildFailed(`The recipe ${build.recipeArn} no longer exists.`);
  const parent = parentOf(place, recipe.request.parentImage);
  if (!parent) throw new BuildFailed(`The parent image ${recipe.request.parentImage} no longer exists.`);
  const components = (recipe.request.components ?? []).map(({ componentArn, parameters }) => ({
    component: findComponent(place, componentArn),
    parameters: parameters ?? [],
  }));
  return {
    recipe,
    parent,
    components,
    target: targetOf(parent, tagsOf(place, parent.id)),
    devices: outputDevices(parent, recipe),
    rehearse: rehearse === 'off' ? undefined : (await import('../../engines/rehearsal/rehearse.ts')).rehearse,
  };
}

/** The OS and ParallelCluster version of an image: from its record, else from ParallelCluster's tags. */
function targetOf(parent: ImageRow, tags: Readonly<Record<string, string>>): RehearsalTarget {
  const os = parent.disk?.os ?? tags['parallelcluster:os'];
  const parallelcluster = parent.disk?.parallelcluster ?? tags['parallelcluster:version'];
  if (os === undefined || parallelcluster === undefined) {
    throw new BuildFailed(
      `The sandbox does not know the content of ${parent.id}: tag it with parallelcluster:os and parallelcluster:version.`,
    );
  }
  return { os, arch: parent.architecture, parallelcluster };
}

async function buildStage(
  run: BuildRun,
  work: Work,
  log: BuildLog,
  progress: BuildProgress,
): Promise<ImageRow> {
  const [workflow] = workflowsOf(run.build, 'BUILD') as [BuildWorkflow];
  progress.begin(workflow);
  progress.step('LaunchInstance');
  log.write(`Build instance of ${work.parent.id} (${work.target.os}, ${work.target.arch})`);
  if (run.faults.current.failBuilds === true)
    throw new BuildFailed('The build failed (injected by the sandbox).');
  progress.step('ExecuteComponents');
  const id = newImageId();
  const save = join(run.layers, `${id}.tar`);
  const phases = has(workflow, 'ExecuteComponents') ? ['build', 'validate'] : [];
  if (!has(workflow, 'CreateImage'))
    throw new BuildFailed(`The workflow ${workflow.arn} ended without an image.`);
  const skipped = await applyComponents(run, work, log, { phases, disk: work.parent, save });
  await waitAsLongAsAws(run, 'build');
  progress.step('CreateImage');
  const distribution = distributionsOf(distributionRow(run)).find((one) => one.region === run.build.region);
  const layer = existsSync(save) ? `${id}.tar` : undefined;
  const image = run.transact((place) =>
    makeOutput(place, run.build, {
      id,
      parent: work.parent,
      recipe: work.recipe,
      devices: work.devices,
      distribution: distribution?.amiDistributionConfiguration,
      layer,
      skipped,
    }),
  );
  log.write(`Output AMI ${image.id}`);
  progress.end();
  return image;
}

async function testStage(
  run: BuildRun,
  work: Work,
  image: ImageRow,
  log: BuildLog,
  progress: BuildProgress,
  workflow: Omit<BuildWorkflow, 'onFailure'>,
): Promise<void> {
  progress.begin(workflow);
  progress.step('LaunchInstance');
  const faults = run.faults.current;
  if ((faults.failTests ?? 0) > 0) {
    faults.failTests = (faults.failTests ?? 0) - 1;
    throw new BuildFailed('SSM Agent verification failed on the test instance (injected by the sandbox).');
  }
  if (!has(workflow, 'ExecuteComponents')) return progress.end();
  progress.step('ExecuteComponents');
  await applyComponents(run, work, log, { phases: ['test'], disk: image, save: undefined });
  await waitAsLongAsAws(run, 'test');
  progress.end();
}

/** Waits as long as AWS takes, if the sandbox was asked to. @throws AbortError if the build is cancelled */
async function waitAsLongAsAws(
  { faults, signal }: BuildRun,
  work: 'build' | 'test' | 'distribution',
): Promise<void> {
  const ms = faults.awsDelay(work);
  if (ms > 0) await sleep(ms, undefined, { signal });
}

function layerOf(run: BuildRun, image: ImageRow): string | undefined {
  return image.disk?.layer === undefined ? undefined : join(run.layers, image.disk.layer);
}

/** @returns ids of the steps that were skipped in this stage and in earlier builds of this disk */
async function applyComponents(
  run: BuildRun,
  work: Work,
  log: BuildLog,
  what: { phases: string[]; disk: ImageRow; save: string | undefined },
): Promise<string[]> {
  const skipped = new Set(what.disk.disk?.skipped);
  try {
    const failure = await runStage({
      target: work.target,
      scripts: stageScripts(work.components, what.phases, (source) => fetchObject(run, source)),
      layer: layerOf(run, what.disk),
      skipped,
      save: what.save,
      rootfs: run.rootfs,
      rehearse: work.rehearse,
      signal: run.signal,
      log,
    });
    if (!failure) return [...skipped];
    const { component, phase, step } = failure.script;
    throw componentFailed(component.arn, phase, step, failure.message);
  } catch (error) {
    if (what.save !== undefined) rmSync(what.save, { force: true });
    if (error instanceof StageRefused)
      throw componentFailed(error.component, error.phase, error.step, error.message);
    throw error;
  }
}

function fetchObject({ store, folder }: BuildRun, source: string): FetchedObject | undefined {
  const object = objectAt(store, source);
  return object && { file: openObjectFiles(folder).fileOf(object.sha256), sha256: object.sha256 };
}

function componentFailed(
  componentArn: string,
  phaseName: string,
  step: { name: string; action: string },
  message: string,
): BuildFailed {
  return new BuildFailed(
    `Document ${componentArn} failed in phase ${phaseName}, step ${step.name}: ${message}`,
    {
      componentFailure: {
        componentArn,
        phaseName,
        stepName: step.name,
        action: step.action,
        errorMessage: message.slice(0, 1024),
      },
    },
  );
}

/** Writes tags, copies and AVAILABLE in one transaction, so that no client sees an image of an unfinished build. */
function distributionStage(run: BuildRun, image: ImageRow, log: BuildLog, progress: BuildProgress): void {
  const [workflow] = workflowsOf(run.build, 'DISTRIBUTION') as [BuildWorkflow];
  progress.begin(workflow);
  progress.step('DistributeImage');
  log.write('Distributing');
  log.flush();
  try {
    run.transact((place) => {
      const key = rowKey(run.build.region, run.build.arn);
      const row = getRow(place.state, 'build', key);
      if (!row || row.status === 'CANCELLED') return;
      const amis = distribute(place, run.build, image, distributionsOf(distributionRow(run)));
      putRow(place.state, 'build', key, { ...row, status: 'AVAILABLE', amis });
      recordBuildEnd(place, row, 'AVAILABLE');
    });
  } catch (error) {
    if (!(error instanceof DistributionFailed)) throw error;
    const { region, targetAccountId, message } = error;
    throw new BuildFailed(message, {
      distributionFailure: {
        regionFailures: [{ region, targetAccountId, status: 'FAILED', errorMessage: message }],
      },
    });
  }
  progress.end();
}

function distributionRow({ store, build }: BuildRun): ReturnType<typeof getRow<'distribution'>> {
  return getRow(store, 'distribution', rowKey(build.region, build.distributionArn ?? ''));
}
