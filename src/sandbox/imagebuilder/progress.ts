/** Records the progress of a build: its status, and its workflow executions with their steps. */
import { randomUUID } from 'node:crypto';
import {
  getRow,
  rowKey,
  putRow,
  type BuildRow,
  type BuildStatus,
  type BuildWorkflow,
  type WorkflowRow,
  type WorkflowStepRow,
} from '../tables.ts';
import type { Transact } from './builder.ts';

export interface BuildProgress {
  /** Sets the status of the build. Returns false if the build was cancelled meanwhile. */
  status(status: BuildStatus, more?: Partial<BuildRow>): boolean;
  begin(workflow: Pick<BuildWorkflow, 'arn' | 'type' | 'steps'>): void;
  /** Starts the step with this action and completes the steps before it. */
  step(action: string): void;
  /** Ends the workflow. With `stopped`, the running step and the workflow failed or were cancelled for that reason. */
  end(stopped?: string, as?: 'FAILED' | 'CANCELLED'): void;
  /** The ids of a failure context. */
  place(): {
    workflowExecutionId?: string;
    workflowArn?: string;
    stepExecutionId?: string;
    failedStep?: string;
  };
}

export function trackBuild(build: BuildRow, now: () => Date, transact: Transact): BuildProgress {
  let workflow: WorkflowRow | undefined;

  function save(change: Partial<WorkflowRow>): void {
    if (!workflow) return;
    const row = { ...workflow, ...change };
    workflow = row;
    transact(({ state }) => putRow(state, 'workflow', rowKey(build.region, row.id), row));
  }
  function close(
    step: WorkflowStepRow,
    status: WorkflowStepRow['status'],
    message?: string,
  ): WorkflowStepRow {
    return { ...step, status, message, endTime: now().toISOString() };
  }

  /** The new state of a step `distance` places after the step that starts now. */
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
        const key = rowKey(build.region, build.arn);
        const row = getRow(state, 'build', key);
        if (!row || row.status === 'CANCELLED') return false;
        putRow(state, 'build', key, { ...row, ...more, status });
        return true;
      });
    },
    begin({ arn, type, steps }) {
      workflow = {
        id: `wf-${randomUUID()}`,
        region: build.region,
        buildArn: build.arn,
        workflowArn: arn,
        type,
        status: 'RUNNING',
        startTime: now().toISOString(),
        steps: steps
          .filter(([, action]) => build.metadataEnabled || action !== 'CollectImageMetadata')
          .map(([step, action]) => ({ id: `step-${randomUUID()}`, name: step, action, status: 'PENDING' })),
      };
      save({});
    },
    step(action) {
      const index = workflow?.steps.findIndex((step) => step.action === action) ?? -1;
      save({ steps: (workflow?.steps ?? []).map((step, i) => moved(step, i - index)) });
    },
    end(stopped, as = 'FAILED') {
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
