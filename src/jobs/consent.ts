/**
 * How every command gets the consent for what it writes: a person's yes, `--yes`, or an approved plan file. Commands
 * that schedulers start (the main job, rotate) go on without one where nobody is at a terminal.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BakeError, errorsOf } from '../errors/bake-error.ts';
import { confirm, type Planned } from '../run/confirm.ts';
import type { Json } from '../run/plain.ts';
import {
  checkOrigin,
  checkWrites,
  planFileText,
  writesForFile,
  type PlanOrigin,
  type PlanPrivacy,
} from '../run/plan-file.ts';
import type { StagePlan } from '../run/run-stage.ts';
import type { PlannedWrite } from '../run/writes.ts';
import { fileError } from '../util/file-error.ts';
import { writeFileAtomic } from '../util/files.ts';
import { count } from '../util/count.ts';
import { quoteShell } from '../text/quote.ts';
import type { ApprovedPlan } from './approved-plan.ts';
import type { Invocation } from './invocation.ts';
import type { JobOptions } from './options.ts';

/** A plan with all that its file says of it. */
export interface FilePlan extends Planned {
  origin: PlanOrigin;
  plans: readonly StagePlan[];
  privacy: PlanPrivacy;
  /** Whether it is the rest of a run that was killed (src/run/journal.ts). */
  resumes: boolean;
  /** A plan that could not be made for everything is not saved. */
  errors: readonly BakeError[];
}

export interface ConsentRequest<P extends Planned> {
  invocation: Invocation;
  command: string;
  /** Without a terminal the command needs --yes, or a plan file. */
  needsYes: boolean;
  /** Whether the command has --out and --plan. */
  takesFile?: boolean;
  /** Whether bake writes to a copy of the shipped example, which nobody else uses. */
  isOwnCopy?: boolean;
  plan: () => Promise<P>;
  show: (planned: P) => void;
  textOf?: (planned: P) => string;
}

/**
 * go: apply; a stage whose plan differs from `agreed` must not write (undefined: the newest plan goes). nothing: the plan
 * has no writes. refused: the answer was no. saved: the plan went into a file.
 */
export type Consent<P> =
  | { kind: 'go'; agreed: readonly PlannedWrite[] | undefined; planned: P | undefined }
  | { kind: 'nothing'; planned: P }
  | { kind: 'saved'; planned: P; file: string }
  | { kind: 'refused' };

/** @throws BakeError CONFIRMATION_REQUIRED where nobody can be asked and --yes is missing; what `plan` throws */
export async function askConsent<P extends Planned>(request: ConsentRequest<P>): Promise<Consent<P>> {
  const { invocation, command, needsYes, isOwnCopy, plan, show } = request;
  const { host, options } = invocation;
  if (options.yes || isOwnCopy) return { kind: 'go', agreed: undefined, planned: undefined };
  if (!host.isTty) {
    if (!needsYes) return { kind: 'go', agreed: undefined, planned: undefined };
    const planned = await plan();
    if (planned.writes.length === 0) return { kind: 'nothing', planned };
    const writes = planned.writes.map(({ what, from, to }) => `${what}  ${from ?? '-'} → ${to ?? '-'}`);
    throw new BakeError('CONFIRMATION_REQUIRED', { command, writes, takesFile: request.takesFile ?? false });
  }
  const planned = await confirm<P>({
    plan,
    show,
    textOf: request.textOf ?? (() => 'Go on?'),
    ask: (text) => host.confirm(text, needsYes ? 'no' : 'yes'),
    onChange(difference) {
      const text = `something changed since this was shown; nothing is written yet\n${difference}`;
      host.emit({ type: 'warning', text });
    },
  });
  if (!planned) return { kind: 'refused' };
  if (planned.writes.length === 0) return { kind: 'nothing', planned };
  return { kind: 'go', agreed: planned.writes, planned };
}

/** The same for commands with plan files: `--out FILE` saves the plan, `--plan FILE` applies the one approved. */
export async function askConsentOrFile<P extends FilePlan>(request: ConsentRequest<P>): Promise<Consent<P>> {
  const { invocation, command, plan } = request;
  const { options, cwd } = invocation;
  if (options.out !== undefined) {
    const planned = await plan();
    if (planned.errors.length > 0) return { kind: 'nothing', planned };
    await savePlan(planned, invocation, options.out);
    saySaved(planned, invocation, command, options.out);
    return { kind: 'saved', planned, file: options.out };
  }
  if (options.plan === undefined) return askConsent({ ...request, takesFile: true });
  const approved = await openPlanFile(options.plan, cwd);
  if (approved.command !== command) {
    checkOrigin(options.plan, approved, { ...approved, command });
  }
  const planned = await planAgain(options.plan, plan);
  checkOrigin(options.plan, approved, planned.origin);
  checkWrites(options.plan, approved.writes, writesForFile(planned.writes, planned.privacy), planned.resumes);
  // A resumed run with nothing left to write still closes its journal.
  if (planned.writes.length === 0 && !planned.resumes) return { kind: 'nothing', planned };
  return { kind: 'go', agreed: planned.writes, planned };
}

/** @throws BakeError PLAN_STALE where the request that was approved makes no sense any more */
async function planAgain<P>(file: string, plan: () => Promise<P>): Promise<P> {
  try {
    return await plan();
  } catch (error) {
    const [first, ...more] = errorsOf(error);
    // No credentials, no network, a bug: that says nothing about the plan.
    if (!first || [first, ...more].some(({ exit }) => exit > 2)) throw error;
    throw new BakeError('PLAN_STALE', { file, differences: first.message }, { cause: error });
  }
}

/** Says where the plan is and what applies it. */
export function saySaved(
  { writes }: Pick<FilePlan, 'writes'>,
  { host }: Invocation,
  command: string,
  file: string,
): void {
  const then =
    writes.length === 0 ? '' : `; to apply exactly this plan: \`bake ${command} --plan ${wordOf(file)}\``;
  host.emit({ type: 'note', text: `the plan is in ${file} (${count(writes.length, 'change')})${then}` });
}

/** Quoted for a shell only if it must be. */
function wordOf(file: string): string {
  return /^[\w./:@%+=,-]+$/.test(file) ? file : quoteShell(file);
}

/** Mode 0600: a plan names accounts and images. @throws BakeError FOLDER_UNWRITABLE, FILE_UNWRITABLE */
export async function savePlan(
  { origin, writes, plans, privacy }: FilePlan,
  { options, args, cwd }: Invocation,
  file: string,
): Promise<void> {
  const request = { options: shapeOf(options, cwd), args: args.map((arg) => relativeTo(cwd, arg)) };
  const text = planFileText({ ...origin, request, writes, plans }, privacy);
  await writeFileAtomic(path.resolve(cwd, file), text, 0o600);
}

/** @throws BakeError FILE_MISSING, PLAN_UNREADABLE */
async function openPlanFile(file: string, cwd: string): Promise<ApprovedPlan> {
  let text: string;
  try {
    text = await readFile(path.resolve(cwd, file), 'utf8');
  } catch (error) {
    const { code, message } = fileError(error);
    if (code === 'ENOENT') throw new BakeError('FILE_MISSING', { path: file, what: '--plan' });
    throw new BakeError('PLAN_UNREADABLE', { file, reason: message });
  }
  return (await import('./approved-plan.ts')).readPlanFile(file, text);
}

/** Options that shape a plan: an approved plan brings its own. */
const SHAPING = [
  'os', 'all', 'arch', 'parallelcluster', 'region', 'engine', 'recipe', 'channel', 'rebake', 'image', 'from', 'to',
  'unverified', 'noRotate', 'fromChannel', 'family', 'map', 'literal', 'includeRoot', 'insertQueueOverrides',
] as const satisfies readonly (keyof JobOptions)[]; // prettier-ignore

/**
 * The invocation with what its plan file was made for. Without --plan it is the same.
 * @throws BakeError USAGE where an option shapes another plan; those of reading the file
 */
export async function withPlanFile(invocation: Invocation, command: string): Promise<Invocation> {
  const { options, args, cwd } = invocation;
  if (options.plan === undefined) return invocation;
  const given = SHAPING.filter((name) => isGiven(options[name]));
  if (given.length > 0 || args.length > 0 || options.out !== undefined) {
    const message = `--plan brings its own targets and options; found ${[...given.map((name) => `--${name}`), ...args, ...(options.out === undefined ? [] : ['--out'])].join(' ')} beside it`;
    throw new BakeError('USAGE', { message, command });
  }
  const { request } = await openPlanFile(options.plan, cwd);
  return { ...invocation, options: { ...options, ...request.options }, args: request.args };
}

function shapeOf(options: JobOptions, cwd: string): Record<string, Json> {
  return Object.fromEntries(
    SHAPING.flatMap((name) => {
      const value = options[name];
      if (!isGiven(value) || value === undefined) return [];
      return [[name, name === 'recipe' ? relativeTo(cwd, String(value)) : value]];
    }),
  );
}

function relativeTo(cwd: string, name: string): string {
  return path.isAbsolute(name) ? path.relative(cwd, name) : name;
}

function isGiven(value: JobOptions[(typeof SHAPING)[number]]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
