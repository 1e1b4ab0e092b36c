/** Reads and checks component documents by AWSTOE's rules (Image Builder user guide, "Component document schema"). */
import { parseDocument } from 'yaml';

export interface ComponentStep {
  name: string;
  action: string;
  /** The commands of ExecuteBash; undefined for other actions. */
  commands: string[] | undefined;
  /** The downloads of S3Download; undefined for other actions. */
  downloads: { source: string; destination: string }[] | undefined;
  onFailure: 'Abort' | 'Continue' | 'Ignore';
  /** -1 means no limit. */
  timeoutSeconds: number;
  maxAttempts: number;
  /** The sandbox accepts steps with `if` or `loop` but does not execute them. */
  conditional: 'if' | 'loop' | undefined;
}

interface Phase {
  name: string;
  steps: ComponentStep[];
}

interface Parameter {
  name: string;
  type: string;
  defaultValue: string | undefined;
  description: string | undefined;
}

export interface ComponentDocument {
  phases: Phase[];
  parameters: Parameter[];
}

const PHASES = new Set(['build', 'validate', 'test', 'container-host-test']);
const DEFAULT_TIMEOUT = 7200;

/** Image Builder user guide, "Action modules supported by AWSTOE". */
const ACTIONS = new Set([
  'AppendFile', 'Assert', 'CopyFile', 'CopyFolder', 'CreateFile', 'CreateFolder', 'CreateSymlink', 'DeleteFile',
  'DeleteFolder', 'ExecuteBash', 'ExecuteBinary', 'ExecuteDocument', 'ExecutePowerShell', 'InstallMSI', 'ListFiles',
  'MoveFile', 'MoveFolder', 'ReadFile', 'Reboot', 'S3Download', 'S3Upload', 'SetFileEncoding', 'SetFileOwner',
  'SetFilePermissions', 'SetFolderOwner', 'SetFolderPermissions', 'SetRegistry', 'UninstallMSI', 'UpdateOS',
  'WebDownload',
]); // prettier-ignore

/** Reads a component document. Returns an error if it is not valid; never throws. */
export function readDocument(text: string): ComponentDocument | { error: string } {
  try {
    const parsed = parseDocument(text, { stringKeys: true, logLevel: 'error' });
    const [problem] = parsed.errors;
    if (problem) return { error: `it is not valid YAML: ${problem.message.split('\n')[0]}` };
    return readRoot(objectOf(parsed.toJS(), 'the document'));
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** The readers below throw plain Errors; readDocument turns them into its result. */
function fail(message: string): never {
  throw new Error(message);
}

function readRoot(root: Record<string, unknown>): ComponentDocument {
  for (const key of Object.keys(root)) {
    if (!['name', 'description', 'schemaVersion', 'parameters', 'constants', 'phases'].includes(key)) {
      fail(`unknown key ${key}`);
    }
  }
  if (String(root['schemaVersion']) !== '1.0' && root['schemaVersion'] !== 1)
    fail('schemaVersion must be 1.0');
  const phases = listOf(root['phases'], 'phases').map((phase, i) => readPhase(phase, `phases[${i}]`));
  if (phases.length === 0) fail('phases must not be empty');
  unique(
    phases.map((phase) => phase.name),
    'phase',
  );
  return { phases, parameters: readParameters(root['parameters']) };
}

function readPhase(value: unknown, at: string): Phase {
  const phase = objectOf(value, at);
  const name = textOf(phase['name'], `${at}.name`);
  if (!PHASES.has(name)) fail(`${at}.name must be one of ${[...PHASES].join(', ')}, and is ${name}`);
  const steps = listOf(phase['steps'], `${at}.steps`).map((step, i) => readStep(step, `${at}.steps[${i}]`));
  if (steps.length === 0) fail(`${at}.steps must not be empty`);
  unique(
    steps.map((step) => step.name),
    `step of phase ${name}`,
  );
  return { name, steps };
}

function readStep(value: unknown, at: string): ComponentStep {
  const step = objectOf(value, at);
  const name = textOf(step['name'], `${at}.name`);
  const action = textOf(step['action'], `${at}.action`);
  if (!ACTIONS.has(action)) fail(`${at}.action: AWSTOE has no action ${action}`);
  const onFailure = step['onFailure'] ?? 'Abort';
  if (onFailure !== 'Abort' && onFailure !== 'Continue' && onFailure !== 'Ignore') {
    fail(`${at}.onFailure must be Abort, Continue or Ignore`);
  }
  return {
    name,
    action,
    commands: action === 'ExecuteBash' ? readCommands(step['inputs'], `${at}.inputs`) : undefined,
    downloads: action === 'S3Download' ? readDownloads(step['inputs'], `${at}.inputs`) : undefined,
    onFailure,
    timeoutSeconds: wholeNumber(step['timeoutSeconds'], DEFAULT_TIMEOUT, `${at}.timeoutSeconds`),
    maxAttempts: Math.max(1, wholeNumber(step['maxAttempts'], 1, `${at}.maxAttempts`)),
    conditional: step['if'] === undefined ? (step['loop'] === undefined ? undefined : 'loop') : 'if',
  };
}

function readCommands(inputs: unknown, at: string): string[] {
  const commands = listOf(objectOf(inputs, at)['commands'], `${at}.commands`);
  if (commands.length === 0) fail(`${at}.commands must not be empty`);
  return commands.map((command, i) => {
    return textOrNumber(command, `${at}.commands[${i}]`);
  });
}

/** Image Builder user guide, "S3Download": a list of source and destination. */
function readDownloads(inputs: unknown, at: string): NonNullable<ComponentStep['downloads']> {
  const list = listOf(inputs, at);
  if (list.length === 0) fail(`${at} must not be empty`);
  return list.map((value, i) => {
    const input = objectOf(value, `${at}[${i}]`);
    const source = textOf(input['source'], `${at}[${i}].source`);
    const destination = textOf(input['destination'], `${at}[${i}].destination`);
    if (!/^s3:\/\/[^/]+\/./.test(source)) fail(`${at}[${i}].source must be s3://BUCKET/KEY`);
    if (!destination.startsWith('/')) fail(`${at}[${i}].destination must be an absolute path`);
    return { source, destination };
  });
}

/** Reads `parameters: [{ Name: { type: string, default: …, description: … } }]`; string is the only type. */
function readParameters(value: unknown): Parameter[] {
  if (value === undefined || value === null) return [];
  return listOf(value, 'parameters').flatMap((entry, i) =>
    Object.entries(objectOf(entry, `parameters[${i}]`)).map(([name, spec]) => {
      if (!/^[A-Za-z0-9_-]{3,128}$/.test(name)) fail(`parameters: ${name} is not a valid parameter name`);
      const given = spec === null ? {} : objectOf(spec, `parameters.${name}`);
      const type = given['type'] ?? 'string';
      if (type !== 'string') fail(`parameters.${name}.type must be string`);
      return {
        name,
        type,
        defaultValue: optionalText(given['default'], `parameters.${name}.default`),
        description: optionalText(given['description'], `parameters.${name}.description`),
      };
    }),
  );
}

function objectOf(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${at} must be a mapping`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) fail(`${at} must be a list`);
  return value;
}

function textOf(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') fail(`${at} must be a non-empty string`);
  return value;
}

/** YAML parses `- 1` and `- true` as a number and a boolean; AWSTOE uses them as text. */
function textOrNumber(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return fail(`${at} must be a string`);
}

function optionalText(value: unknown, at: string): string | undefined {
  return value === undefined || value === null ? undefined : textOrNumber(value, at);
}

function wholeNumber(value: unknown, otherwise: number, at: string): number {
  if (value === undefined || value === null) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < -1) fail(`${at} must be a whole number`);
  return number;
}

function unique(names: string[], what: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`duplicate ${what}: ${twice}`);
}
