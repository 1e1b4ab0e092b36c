/** Runs a rehearsal: starts the namespaces once, runs the scripts in order, and ends all processes in them. */
import path from 'node:path';

import { BakeError } from '../../errors/bake-error.ts';
import { readHeader } from '../../image/header.ts';
import { stagedPath, type ScriptHeader, type Step } from '../../image/step.ts';
import { findOs } from '../../os/index.ts';
import type { OsFamily, Os } from '../../os/os.ts';
import type { PlacedFile, Rehearsal, RehearsalRequest, RehearsalResult } from './contract.ts';
import { findIsolation, type Found } from './isolation.ts';
import { saveLayer } from './layer.ts';
import { enterSpace, SpaceRefused, type Ran, type Space, type SpacePlan } from './namespace.ts';
import { programsOf, whyNot } from './needs.ts';
import { planSpace, type Rung } from './plan.ts';
import { checkSyntaxHere } from './syntax.ts';

/** The default timeoutSeconds of a step in AWSTOE (Image Builder user guide, "Use documents in AWSTOE"). */
const TIMEOUT = 7200;
const NETWORK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** The exit code of `timeout -s KILL`, and also of a script that SIGKILL ended. */
const KILLED = 137;

type Script = RehearsalRequest['scripts'][number];

export { probeIsolation } from './isolation.ts';

/** Turns a step or a row into a script of a rehearsal, with the files that an engine would copy for it. */
export function scriptOf({ id, script, files }: Pick<Step, 'id' | 'script' | 'files'>): Script {
  return {
    name: id,
    text: script,
    files: files?.map((file) => ({ source: file.source, to: stagedPath(file) })),
  };
}

/**
 * Runs the scripts in a writable layer over a root filesystem, in namespaces of their own. A script that cannot run here
 * is skipped, with the reason, and only its syntax is checked. A script that did not run never counts as passed.
 * @throws BakeError OS_UNKNOWN, FILE_MISSING, FILE_UNREADABLE, LAYER_UNFIT, FOLDER_UNWRITABLE, REHEARSAL_REFUSED
 * @throws signal.reason when aborted, after all processes inside have ended
 */
export async function rehearse(request: RehearsalRequest): Promise<Rehearsal> {
  return rehearseWith(request, await findIsolation());
}

/** Like `rehearse`, but with the isolation that the caller chooses, for tests of the weaker kinds. */
export async function rehearseWith(request: RehearsalRequest, found: Found): Promise<Rehearsal> {
  request.signal?.throwIfAborted();
  const os = findOs(request.target.os);
  if (!os) throw new BakeError('OS_UNKNOWN', { os: request.target.os, known: [], near: undefined });
  if (found.isolation === 'none') return notRehearsed(request, found.why ?? 'namespaces are not available');
  return insideNamespaces(request, os, { ...found, isolation: found.isolation });
}

async function insideNamespaces(request: RehearsalRequest, os: Os, rung: Rung): Promise<Rehearsal> {
  checkNetwork(request.network, rung);
  const { plan, machineFamily } = await planSpace(
    { ...request, scripts: request.scripts.map((script) => script.text), files: placedFiles(request) },
    os,
    rung,
  );
  return inSpace(plan, request.signal, async (space) => {
    const results = await runAll(request, space, {
      isolation: rung.isolation,
      machineFamily,
      targetFamily: os.family,
      network: request.network !== undefined,
    });
    if (request.save !== undefined) await saveLayer(space, path.resolve(request.save));
    return { isolation: rung.isolation, results };
  });
}

/** Starts the namespaces for `use`, and ends them afterwards in every case. */
async function inSpace<T>(
  plan: SpacePlan,
  signal: AbortSignal | undefined,
  use: (space: Space) => Promise<T>,
): Promise<T> {
  try {
    const space = await enterSpace(plan, signal);
    try {
      return await use(space);
    } finally {
      await space.close();
    }
  } catch (error) {
    if (!(error instanceof SpaceRefused)) throw error;
    throw new BakeError('REHEARSAL_REFUSED', { reason: error.message }, { cause: error });
  }
}

function checkNetwork(network: string | undefined, rung: Rung): void {
  if (network === undefined) return;
  if (!NETWORK_NAME.test(network)) {
    throw new BakeError('REHEARSAL_REFUSED', {
      reason: `${JSON.stringify(network)} is not a valid name of a network namespace`,
    });
  }
  if (rung.isolation !== 'root') {
    throw new BakeError('REHEARSAL_REFUSED', {
      reason: `network namespace ${network} can only be entered as root`,
    });
  }
}

/** The files of all scripts, in the order of the scripts. */
function placedFiles({ scripts }: Pick<RehearsalRequest, 'scripts'>): PlacedFile[] {
  return scripts.flatMap(({ files }) => files ?? []);
}

interface Around {
  isolation: 'root' | 'user';
  machineFamily: OsFamily | undefined;
  targetFamily: OsFamily;
  network: boolean;
}

async function runAll(request: RehearsalRequest, space: Space, around: Around): Promise<RehearsalResult[]> {
  const headers = request.scripts.map((script) => readHeader(script.text));
  const wanted = new Set(headers.flatMap((header) => (header ? programsOf(header, around) : [])));
  const lacking = new Set(await space.lacking([...wanted]));
  const skippedSteps = new Set(request.skippedBefore);
  const results: RehearsalResult[] = [];
  for (const [index, script] of request.scripts.entries()) {
    const header = headers[index];
    if (header) await lookAgain(space, programsOf(header, around), lacking);
    const reason = header && whyNot(header, { ...around, lacking, skippedSteps });
    const result = await runOne(request, space, { script, index, reason });
    if (result.outcome === 'skipped') noteSkipped(header, skippedSteps);
    results.push(result);
    request.onResult?.(result);
    if (result.outcome === 'failed' && request.keepGoing !== true) break;
  }
  return results;
}

/** Looks again for missing programs, because an earlier step may have installed them. */
async function lookAgain(space: Space, programs: string[], lacking: Set<string>): Promise<void> {
  const missed = programs.filter((program) => lacking.has(program));
  const still = await space.lacking(missed);
  for (const program of missed) if (!still.includes(program)) lacking.delete(program);
}

async function runOne(
  request: RehearsalRequest,
  space: Space,
  { script, index, reason }: { script: Script; index: number; reason: string | undefined },
): Promise<RehearsalResult> {
  if (reason !== undefined) return afterCheck(script, reason, await space.check(index));
  const refused = await placeFiles(request, space, index);
  if (refused) return refused;
  const seconds = request.timeoutSeconds ?? TIMEOUT;
  const started = performance.now();
  const { exitCode, output } = await space.run(index, seconds, (line) => request.onLine?.(script.name, line));
  if (exitCode === 0) return { name: script.name, outcome: 'passed', exitCode, output };
  const late = exitCode === KILLED && performance.now() - started >= seconds * 1000;
  return {
    name: script.name,
    outcome: 'failed',
    reason: late ? `it ran longer than ${seconds} s` : `exit code ${exitCode}`,
    exitCode,
    output,
  };
}

/** Copies the files of a script right before it runs, as engines do, so that not all files need space at once. */
async function placeFiles(
  request: RehearsalRequest,
  space: Space,
  index: number,
): Promise<RehearsalResult | undefined> {
  const { name, files = [] } = request.scripts[index] as Script;
  const before = placedFiles({ scripts: request.scripts.slice(0, index) }).length;
  for (const [at, { to }] of files.entries()) {
    const { exitCode, output } = await space.place(before + at);
    if (exitCode === 0) continue;
    return { name, outcome: 'failed', reason: `${to} could not be written`, exitCode, output };
  }
  return undefined;
}

/** The result of a script that is skipped: it still fails if bash cannot parse it. */
function afterCheck(script: Script, reason: string, checked: Ran): RehearsalResult {
  const { exitCode, output } = checked;
  if (exitCode === 0) return { name: script.name, outcome: 'skipped', reason, output: '' };
  return { name: script.name, outcome: 'failed', reason: 'bash cannot parse it', exitCode, output };
}

function noteSkipped(header: ScriptHeader | undefined, skippedSteps: Set<string>): void {
  if (header?.kind === 'step') skippedSteps.add(header.id);
}

async function notRehearsed(request: RehearsalRequest, why: string): Promise<Rehearsal> {
  const results: RehearsalResult[] = [];
  for (const script of request.scripts) {
    const checked = await checkSyntaxHere(script.text, request.signal);
    const result = afterCheck(script, `not rehearsed: ${why}`, checked);
    results.push(result);
    request.onResult?.(result);
    if (result.outcome === 'failed' && request.keepGoing !== true) break;
  }
  return { isolation: 'none', why, results };
}
