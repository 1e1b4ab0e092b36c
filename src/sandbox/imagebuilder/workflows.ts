/** Describes and lists workflow executions and their steps. */
import type { Call } from '../call.ts';
import { getRow, rowKey, listRows, type WorkflowRow, type WorkflowStepRow } from '../tables.ts';
import { notFound } from './arn.ts';
import { findBuild } from './images.ts';
import { listPage, type ListInput } from './listing.ts';

export function listWorkflowExecutions(
  input: ListInput & { imageBuildVersionArn: string },
  call: Call,
): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  const rows = listRows(call.state, 'workflow', call.region).filter((row) => row.buildArn === build.arn);
  const page = listPage(rows, (row) => `${row.startTime} ${row.id}`, input, {});
  return {
    requestId: call.requestId,
    workflowExecutions: page.items.map(write),
    imageBuildVersionArn: build.arn,
    nextToken: page.token,
  };
}

export function listWorkflowStepExecutions(
  input: ListInput & { workflowExecutionId: string },
  call: Call,
): object {
  const row = find(input.workflowExecutionId, call);
  const numbered = row.steps.map((step, i) => ({ step, order: String(i).padStart(4, '0') }));
  const page = listPage(numbered, ({ order }) => order, input, {});
  return {
    requestId: call.requestId,
    steps: page.items.map(({ step }) => writeStep(step)),
    workflowBuildVersionArn: row.workflowArn,
    workflowExecutionId: row.id,
    imageBuildVersionArn: row.buildArn,
    nextToken: page.token,
  };
}

function find(id: string, call: Call): WorkflowRow {
  const row = getRow(call.state, 'workflow', rowKey(call.region, id));
  if (!row) throw notFound('workflow execution', id);
  return row;
}

function write(row: WorkflowRow): object {
  const count = (status: WorkflowStepRow['status']): number =>
    row.steps.filter((step) => step.status === status).length;
  return {
    workflowBuildVersionArn: row.workflowArn,
    workflowExecutionId: row.id,
    type: row.type,
    status: row.status,
    message: row.message,
    totalStepCount: row.steps.length,
    totalStepsSucceeded: count('COMPLETED'),
    totalStepsFailed: count('FAILED'),
    totalStepsSkipped: count('SKIPPED'),
    startTime: row.startTime,
    endTime: row.endTime,
  };
}

function writeStep(step: WorkflowStepRow): object {
  return {
    stepExecutionId: step.id,
    name: step.name,
    action: step.action,
    status: step.status,
    message: step.message,
    startTime: step.startTime,
    endTime: step.endTime,
    attemptNumber: 1,
    maxAttempts: 1,
  };
}
