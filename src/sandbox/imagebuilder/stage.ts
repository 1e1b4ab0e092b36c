/** Runs the scripts of a stage through the rehearsal engine and writes their output and reports to the log. */
import type {
  Rehearsal,
  RehearsalRequest,
  RehearsalResult,
  RehearsalTarget,
} from '../../engines/rehearsal/contract.ts';
import { readHeader } from '../../image/header.ts';
import { reportLine } from '../../image/report.ts';
import type { BuildLog } from './log.ts';
import { REBOOT, readMark, wrapScript, type StageScript } from './scripts.ts';

export interface StageRequest {
  target: RehearsalTarget;
  scripts: readonly StageScript[];
  /** Layer file to start from. */
  layer: string | undefined;
  /** Layer file to write. */
  save: string | undefined;
  /** Ids of the steps skipped so far. The stage adds the steps that it skips. */
  skipped: Set<string>;
  rootfs: string | undefined;
  /** If undefined, the stage runs nothing and reports every script as skipped. */
  rehearse: ((request: RehearsalRequest) => Promise<Rehearsal>) | undefined;
  signal: AbortSignal;
  log: BuildLog;
}

/** The first script that failed. */
export interface StageFailure {
  script: StageScript;
  message: string;
}

const DEFAULT_TIMEOUT = 7200;
/** A month in seconds stands for no limit. */
const NO_LIMIT = 2_592_000;
const SWITCHED_OFF = 'not rehearsed: the sandbox was opened with rehearse off';

/** Runs the stage. @returns the failure, or undefined on success @throws the errors of the rehearsal, also aborts */
export async function runStage(request: StageRequest): Promise<StageFailure | undefined> {
  if (request.scripts.length === 0) return undefined;
  if (!request.rehearse) {
    for (const script of request.scripts) reportSkipped(request, script, SWITCHED_OFF);
    return undefined;
  }
  const rebooted = new Set<string>();
  const logged = new Set<string>();
  for (;;) {
    const failure = await runOnce(request, rebooted, logged);
    // A rehearsal cannot reboot: after a reboot request the whole stage runs again, with that step in a loop.
    if (failure?.exitCode !== REBOOT || rebooted.has(failure.script.name)) return failure;
    request.log.write(`Step ${failure.script.step.name}: exit ${REBOOT}, reboot; the step runs again`);
    rebooted.add(failure.script.name);
  }
}

async function runOnce(
  request: StageRequest,
  rebooted: ReadonlySet<string>,
  logged: Set<string>,
): Promise<(StageFailure & { exitCode: number | undefined }) | undefined> {
  const { scripts, log } = request;
  const byName = new Map(scripts.map((script) => [script.name, script]));
  const marks = new Map<string, number>();
  const keepGoing = scripts.every((script) => script.step.onFailure !== 'Abort');
  const seconds = Math.max(...scripts.map((script) => limitOf(script)));
  const isWrapped = (script: StageScript): boolean =>
    rebooted.has(script.name) ||
    script.step.maxAttempts > 1 ||
    limitOf(script) < seconds ||
    (script.step.onFailure !== 'Abort' && !keepGoing);
  let failure: (StageFailure & { exitCode: number | undefined }) | undefined;
  let current = '';

  function start(name: string): void {
    if (current === name) return;
    current = name;
    if (!logged.has(name)) log.write(`Step ${name}: started`);
  }
  function onLine(name: string, line: string): void {
    const mark = readMark(line);
    if (mark !== undefined) {
      marks.set(name, mark);
      return;
    }
    start(name);
    // Do not log again what an earlier round logged.
    if (logged.has(name)) return;
    if (/bake-(report|data) /.test(line)) log.report(line);
    else log.write(line);
  }
  function onResult(result: RehearsalResult): void {
    const script = byName.get(result.name);
    if (!script) return;
    start(script.name);
    if (result.outcome === 'skipped') {
      if (!logged.has(script.name)) reportSkipped(request, script, result.reason ?? 'skipped');
      logged.add(script.name);
      return;
    }
    const code = marks.get(script.name) ?? result.exitCode;
    const failed = result.outcome === 'failed' || (code !== undefined && code !== 0);
    if (code !== REBOOT || isWrapped(script)) {
      if (!logged.has(script.name))
        log.write(`Step ${script.name}: ${failed ? `failed, ${reasonOf(result, code)}` : 'passed'}`);
      logged.add(script.name);
    }
    if (!failed || script.step.onFailure === 'Ignore') return;
    failure ??= { script, message: reasonOf(result, code), exitCode: code };
  }

  const rehearsal = await request.rehearse?.({
    target: request.target,
    rootfs: request.rootfs,
    layer: request.layer,
    skippedBefore: [...request.skipped],
    save: request.save,
    scripts: scripts.map((script) => ({
      name: script.name,
      text: isWrapped(script) ? wrapScript(script) : script.text,
      files: script.files,
    })),
    keepGoing,
    timeoutSeconds: seconds,
    signal: request.signal,
    onLine,
    onResult,
  });
  if (rehearsal?.isolation === 'none')
    log.write(`Not rehearsed: ${rehearsal.why ?? 'no isolation on this machine'}`);
  failUnlessComplete(request, rehearsal, failure);
  return failure;
}

/** Throws if the stage passed but a script has no result: a script must not pass because it did not run. */
function failUnlessComplete(
  request: StageRequest,
  rehearsal: Rehearsal | undefined,
  failure: StageFailure | undefined,
): void {
  if (failure) return;
  const done = new Set(rehearsal?.results.map((result) => result.name));
  const missing = request.scripts.find((script) => !done.has(script.name));
  if (missing) throw new Error(`the rehearsal returned no result for step ${missing.name}`);
}

function limitOf({ step }: StageScript): number {
  if (step.timeoutSeconds === -1) return NO_LIMIT;
  return step.timeoutSeconds > 0 ? step.timeoutSeconds : DEFAULT_TIMEOUT;
}

function reasonOf(result: RehearsalResult, code: number | undefined): string {
  if (code !== undefined && code !== 0) return result.reason ?? `exit code ${code}`;
  return result.reason ?? 'it failed';
}

/** Writes the report line of a skipped script, with the script's digest, in the script's place (image/report.ts). */
function reportSkipped({ log, skipped }: StageRequest, script: StageScript, reason: string): void {
  log.write(`Step ${script.name}: skipped, ${reason}`);
  const header = readHeader(script.text);
  if (!header) return;
  if (header.kind === 'step') skipped.add(header.id);
  log.report(
    reportLine({
      kind: header.kind,
      id: header.id,
      outcome: 'skipped',
      digest: script.digest,
      text: reason,
    }),
  );
}
