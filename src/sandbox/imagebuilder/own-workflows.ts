/** Customer-managed workflows (immutable versions of a document), and the choice of workflows for a build. */
import { parseDocument } from 'yaml';
import type { Call } from '../call.ts';
import { oncePerToken } from '../once.ts';
import {
  rowKey,
  listRows,
  putRow,
  type BuildWorkflow,
  type OwnWorkflowRow,
  type WorkflowConfiguration,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import {
  alreadyExists,
  imageBuilderArn,
  checkVersion,
  dryRunEnd,
  invalidValue,
  latestReferences,
  notFound,
} from './arn.ts';
import { DEFAULT_WORKFLOWS } from './default-workflows.ts';
import { findVersioned } from './listing.ts';

/** Image Builder user guide, "Create a YAML workflow document": at most 15 steps. */
const MAX_STEPS = 15;
const KEYS = new Set(['name', 'description', 'schemaVersion', 'parameters', 'steps', 'outputs']);
const PARAMETER_TYPES = new Set(['string', 'integer', 'boolean', 'stringList']);
/** The step actions that the sandbox performs or may ignore (Image Builder user guide, "Supported step actions"). */
const ACTIONS = new Set([
  'ApplyImageConfigurations', 'CollectImageMetadata', 'CreateImage', 'DistributeImage', 'ExecuteComponents',
  'LaunchInstance', 'SanitizeInstance', 'TerminateInstance', 'WaitForSSMAgent',
]); // prettier-ignore

interface CreateInput {
  name: string;
  semanticVersion: string;
  type: OwnWorkflowRow['type'];
  data?: string;
  uri?: string;
  description?: string;
  changeDescription?: string;
  kmsKeyId?: string;
  tags?: Record<string, string>;
  clientToken: string;
  dryRun?: boolean;
}

export function createWorkflow(input: CreateInput, call: Call): object {
  if ((input.data === undefined) === (input.uri === undefined)) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify exactly one of the parameters data and uri.',
    );
  }
  const { data } = input;
  if (data === undefined) throw invalidValue('uri', 'The sandbox accepts a workflow document only as data.');
  const document = readWorkflow(data);
  if ('error' in document)
    throw invalidValue('data', `The workflow document is not valid: ${document.error}.`);
  checkVersion(input.semanticVersion);
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const kind = `workflow/${input.type.toLowerCase()}`;
    const prefix = `${imageBuilderArn(call, kind, input.name, input.semanticVersion)}/`;
    const builds = listRows(call.state, 'ownWorkflow', call.region).filter((row) =>
      row.arn.startsWith(prefix),
    );
    const same = builds.find((row) => row.data === data);
    if (same) throw alreadyExists('Workflow', same.arn);
    const build = Math.max(0, ...builds.map((row) => row.build)) + 1;
    const arn = `${prefix}${build}`;
    if (input.dryRun === true) throw dryRunEnd();
    putRow(call.state, 'ownWorkflow', rowKey(call.region, arn), {
      arn,
      region: call.region,
      name: input.name,
      type: input.type,
      version: input.semanticVersion,
      build,
      data,
      ...document,
      description: input.description,
      changeDescription: input.changeDescription,
      tags: input.tags ?? {},
      createdAt: call.now.toISOString(),
    });
    return {
      clientToken: input.clientToken,
      workflowBuildVersionArn: arn,
      latestVersionReferences: latestReferences(arn),
    };
  });
}

type Document = Pick<OwnWorkflowRow, 'steps' | 'parameters'>;

/** Reads a workflow document. Returns an error if it is invalid or if the sandbox cannot run it; never throws. */
export function readWorkflow(text: string): Document | { error: string } {
  const parsed = parseDocument(text, { stringKeys: true, logLevel: 'error' });
  const [problem] = parsed.errors;
  if (problem) return { error: `it is not valid YAML: ${problem.message.split('\n')[0]}` };
  try {
    return readRoot(parsed.toJS() as unknown);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function readRoot(value: unknown): Document {
  const root = objectOf(value, 'the document');
  const unknown = Object.keys(root).find((key) => !KEYS.has(key));
  if (unknown !== undefined) throw new Error(`unknown key ${unknown}`);
  if (String(root['schemaVersion']) !== '1.0' && root['schemaVersion'] !== 1)
    throw new Error('schemaVersion must be 1.0');
  const steps = listOf(root['steps'], 'steps').map(readStep);
  if (steps.length === 0 || steps.length > MAX_STEPS)
    throw new Error(`there must be 1 to ${MAX_STEPS} steps`);
  const names = steps.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`duplicate step ${twice}`);
  return { steps, parameters: listOf(root['parameters'] ?? [], 'parameters').map(readParameter) };
}

function readStep(value: unknown, index: number): [string, string] {
  const at = `steps[${index}]`;
  const step = objectOf(value, at);
  const name = textOf(step['name'], `${at}.name`);
  const action = textOf(step['action'], `${at}.action`);
  if (!ACTIONS.has(action)) throw new Error(`the sandbox does not run the action ${action} (${at})`);
  if (step['if'] !== undefined) throw new Error(`the sandbox does not run if: (${at})`);
  const onFailure = step['onFailure'];
  if (onFailure !== undefined && onFailure !== 'Abort' && onFailure !== 'Continue')
    throw new Error(`${at}.onFailure must be Abort or Continue`);
  return [name, action];
}

function readParameter(value: unknown, index: number): Document['parameters'][number] {
  const at = `parameters[${index}]`;
  const parameter = objectOf(value, at);
  const type = textOf(parameter['type'], `${at}.type`);
  if (!PARAMETER_TYPES.has(type)) throw new Error(`${at}.type must be one of ${[...PARAMETER_TYPES].join()}`);
  const given = parameter['default'];
  return {
    name: textOf(parameter['name'], `${at}.name`),
    type,
    defaultValue: given === undefined ? undefined : [given].flat().map(String),
  };
}

function objectOf(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${at} must be a mapping`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${at} must be a list`);
  return value;
}

function textOf(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${at} must be a non-empty string`);
  return value;
}

/**
 * Resolves the workflows of a build. A list of workflows replaces all default build and test workflows (Image Builder
 * user guide, "Manage workflows"); the default distribution workflow remains.
 * @throws AwsError if a workflow does not exist, or if the request has no execution role
 */
export function resolveWorkflows(
  call: Pick<Call, 'state' | 'region'>,
  wishes: readonly WorkflowConfiguration[] | undefined,
  executionRole: string | undefined,
): BuildWorkflow[] | undefined {
  if (wishes === undefined) return undefined;
  if (executionRole === undefined) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify an executionRole when you specify workflows.',
    );
  }
  const workflows = wishes.map((wish) => workflowOf(call, wish));
  if (workflows.filter(({ type }) => type === 'BUILD').length !== 1)
    throw invalidValue('workflows', 'One build workflow must be among them.');
  return workflows;
}

function workflowOf(call: Pick<Call, 'state' | 'region'>, wish: WorkflowConfiguration): BuildWorkflow {
  const onFailure = wish.onFailure ?? 'ABORT';
  const managed = /^arn:[^:]+:imagebuilder:[^:]+:aws:workflow\/(build|test|distribution)\/([^/]+)\//.exec(
    wish.workflowArn,
  );
  if (managed) {
    const type = (managed[1] as string).toUpperCase() as BuildWorkflow['type'];
    const { name, steps } = DEFAULT_WORKFLOWS[type];
    if (name !== managed[2]) throw notFound('workflow', wish.workflowArn);
    const arn = `${managed[0].slice(0, -1)}/1.0.2/1`;
    return { arn, name, type, steps: steps.map(([step, action]) => [step, action]), onFailure };
  }
  const { arn, name, type, steps, parameters } = findWorkflow(call, wish.workflowArn);
  const given = new Set((wish.parameters ?? []).map((parameter) => parameter.name));
  const missing = parameters.find((known) => known.defaultValue === undefined && !given.has(known.name));
  if (missing) throw invalidValue('workflows', `The workflow ${arn} requires the parameter ${missing.name}.`);
  return { arn, name, type, steps, onFailure };
}

function findWorkflow(call: Pick<Call, 'state' | 'region'>, arn: string): OwnWorkflowRow {
  return findVersioned(call, 'ownWorkflow', 'workflow', arn);
}
