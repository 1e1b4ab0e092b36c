/** Owns how a build's progress is recorded: its status, and workflow executions with their steps. */
import { randomUUID } from 'node:crypto';
import {
  getRow,
  keyOf,
  putRow,
  type BuildRow,
  type BuildStatus,
  type WorkflowRow,
  type WorkflowStepRow,
} from '../tables.ts';
import type { Transact } from './builder.ts';

/** The default workflows and their steps (Image Builder user guide, "Image workflows for AMIs"). */
const WORKFLOWS = {
  BUILD: {
    name: 'build-image',
    steps: [
      ['LaunchBuildInstance', 'LaunchInstance'],
      ['ApplyBuildComponents', 'ExecuteComponents'],
      ['InventoryCollection', 'CollectImageMetadata'],
      ['RunSanitizeScript', 'SanitizeInstance'],
      ['CreateOutputAMI', 'CreateImage'],
      ['TerminateBuildInstance', 'TerminateInstance'],
    ],
  },
  TEST: {
    name: 'test-image',
    steps: [
      ['LaunchTestInstance', 'LaunchInstance'],
      ['ApplyTestComponents', 'ExecuteComponents'],
      ['TerminateTestInstance', 'TerminateInstance'],
    ],
  },
  DISTRIBUTION: { name: 'distribute-image', steps: [['DistributeAMI', 'DistributeImage']] },
} as const;

export type Stage = keyof typeof WORKFLOWS;

export interface Progress {
  /** Moves the build on; false when it was cancelled meanwhile. */
  status(status: BuildStatus, more?: Partial<BuildRow>): boolean;
  beginStage(stage: Stage): void;
  /** A step of the stage begins, and those before it are completed. */
  step(name: string): void;
  /** The stage ends; with a message it has failed, or was cancelled, in the step that ran. */
  endStage(stopped?: string, as?: 'FAILED' | 'CANCELLED'): void;
  /** Ids for a failure context. */
  place(): {
    workflowExecutionId?: string;
    workflowArn?: string;
    stepExecutionId?: string;
    failedStep?: string;
  };
}

export function trackBuild(
  build: BuildRow,
  partition: string,
  now: () => Date,
  transact: Transact,
): Progress {
  let workflow: WorkflowRow | undefined;

  function save(change: Partial<WorkflowRow>): void {
    if (!workflow) return;
    const row = { ...workflow, ...change };
    workflow = row;
    transact(({ state }) => putRow(state, 'workflow', keyOf(build.region, row.id), row));
  }
  function close(
    step: WorkflowStepRow,
    status: WorkflowStepRow['status'],
    message?: string,
  ): WorkflowStepRow {
    return { ...step, status, message, endTime: now().toISOString() };
  }

  /** A step as it is when the one `distance` places before it begins to run. */
  function moved(step: WorkflowStepRow, distance: number): WorkflowStepRow {
    if (distance > 0 || step.status === 'COMPLETED') return step;
    const startTime = step.startTime ?? now().toISOString();
    return distance === 0
      ? { ...step, status: 'RUNNING', startTime }
      : { ...close(step, 'COMPLETED'), startTime };
  }

  return {
    status(status, more = {}) {
      return transact(({ state }) => {
        const key = keyOf(build.region, build.arn);
        const row = getRow(state, 'build', key);
        if (!row || row.status === 'CANCELLED') return false;
        putRow(state, 'build', key, { ...row, ...more, status });
        return true;
      });
    },
    beginStage(stage) {
      const { name, steps } = WORKFLOWS[stage];
      workflow = {
        id: `wf-${randomUUID()}`,
        region: build.region,
        buildArn: build.arn,
        workflowArn: `arn:${partition}:imagebuilder:${build.region}:aws:workflow/${stage.toLowerCase()}/${name}/1.0.2/1`,
        type: stage,
        status: 'RUNNING',
        startTime: now().toISOString(),
        steps: steps
          .filter(([step]) => build.metadataEnabled || step !== 'InventoryCollection')
          .map(([step, action]) => ({ id: `step-${randomUUID()}`, name: step, action, status: 'PENDING' })),
      };
      save({});
    },
    step(name) {
      const index = workflow?.steps.findIndex((step) => step.name === name) ?? -1;
      save({ steps: (workflow?.steps ?? []).map((step, i) => moved(step, i - index)) });
    },
    endStage(stopped, as = 'FAILED') {
      const passed = stopped === undefined;
      const steps = (workflow?.steps ?? []).map((step) => {
        if (step.status === 'RUNNING') return close(step, passed ? 'COMPLETED' : as, stopped);
        if (step.status === 'PENDING') return close(step, passed ? 'COMPLETED' : 'SKIPPED');
        return step;
      });
      save({ steps, status: passed ? 'COMPLETED' : as, message: stopped, endTime: now().toISOString() });
    },
    place() {
      const step =
        workflow?.steps.find((one) => one.status === 'FAILED') ??
        workflow?.steps.find((one) => one.status === 'RUNNING');
      return {
        ...(workflow ? { workflowExecutionId: workflow.id, workflowArn: workflow.workflowArn } : {}),
        ...(step ? { stepExecutionId: step.id, failedStep: step.name } : {}),
      };
    },
  };
}
