/** Owns a stage of a build: its scripts through the rehearsal engine, their lines and reports into the log. */
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
  /** Layer file to start from, and the one to write. */
  layer: string | undefined;
  save: string | undefined;
  /** Ids of the steps skipped so far; the stage adds its own. */
  skipped: Set<string>;
  rootfs: string | undefined;
  /** Undefined: nothing is run, all is reported as skipped. */
  rehearse: ((request: RehearsalRequest) => Promise<Rehearsal>) | undefined;
  signal: AbortSignal;
  log: BuildLog;
}

/** The first script that failed the stage. */
export interface StageFailure {
  script: StageScript;
  message: string;
}

const DEFAULT_TIMEOUT = 7200;
/** No limit, as seconds: a month. */
const NO_LIMIT = 2_592_000;
const SWITCHED_OFF = 'not rehearsed: the sandbox was opened with rehearse off';

/** Runs the stage. @returns how it failed, undefined when it passed @throws what the rehearsal throws, aborts too */
export async function runStage(request: StageRequest): Promise<StageFailure | undefined> {
  if (request.scripts.length === 0) return undefined;
  if (!request.rehearse) {
    for (const script of request.scripts) reportSkipped(request, script, SWITCHED_OFF);
    return undefined;
  }
  const again = new Set<string>();
  const said = new Set<string>();
  for (;;) {
    const failure = await runOnce(request, again, said);
    // A step that asks for a reboot: all is done anew with that step in a loop, since a rehearsal has one go only.
    if (failure?.exitCode !== REBOOT || again.has(failure.script.name)) return failure;
    request.log.write(`Step ${failure.script.step.name}: exit ${REBOOT}, reboot; the step runs again`);
    again.add(failure.script.name);
  }
}

async function runOnce(
  request: StageRequest,
  again: ReadonlySet<string>,
  said: Set<string>,
): Promise<(StageFailure & { exitCode: number | undefined }) | undefined> {
  const { scripts, log } = request;
  const byName = new Map(scripts.map((script) => [script.name, script]));
  const marks = new Map<string, number>();
  const keepGoing = scripts.every((script) => script.step.onFailure !== 'Abort');
  const seconds = Math.max(...scripts.map((script) => limitOf(script)));
  const isWrapped = (script: StageScript): boolean =>
    again.has(script.name) ||
    script.step.maxAttempts > 1 ||
    limitOf(script) < seconds ||
    (script.step.onFailure !== 'Abort' && !keepGoing);
  let failure: (StageFailure & { exitCode: number | undefined }) | undefined;
  let current = '';

  function start(name: string): void {
    if (current === name) return;
    current = name;
    if (!said.has(name)) log.write(`Step ${name}: started`);
  }
  function onLine(name: string, line: string): void {
    const mark = readMark(line);
    if (mark !== undefined) {
      marks.set(name, mark);
      return;
    }
    start(name);
    // What an earlier round has shown is not shown twice.
    if (said.has(name)) return;
    if (/bake-(report|data) /.test(line)) log.report(line);
    else log.write(line);
  }
  function onResult(result: RehearsalResult): void {
    const script = byName.get(result.name);
    if (!script) return;
    start(script.name);
    if (result.outcome === 'skipped') {
      if (!said.has(script.name)) reportSkipped(request, script, result.reason ?? 'skipped');
      said.add(script.name);
      return;
    }
    const code = marks.get(script.name) ?? result.exitCode;
    const failed = result.outcome === 'failed' || (code !== undefined && code !== 0);
    if (code !== REBOOT || isWrapped(script)) {
      if (!said.has(script.name))
        log.write(`Step ${script.name}: ${failed ? `failed, ${reasonOf(result, code)}` : 'passed'}`);
      said.add(script.name);
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

/** Every script has a result, or a failed one before it: nothing may pass by being left out. */
function failUnlessComplete(
  request: StageRequest,
  rehearsal: Rehearsal | undefined,
  failure: StageFailure | undefined,
): void {
  if (failure) return;
  const done = new Set(rehearsal?.results.map((result) => result.name));
  const missing = request.scripts.find((script) => !done.has(script.name));
  if (missing) throw new Error(`the rehearsal says nothing about step ${missing.name}`);
}

function limitOf({ step }: StageScript): number {
  if (step.timeoutSeconds === -1) return NO_LIMIT;
  return step.timeoutSeconds > 0 ? step.timeoutSeconds : DEFAULT_TIMEOUT;
}

function reasonOf(result: RehearsalResult, code: number | undefined): string {
  if (code !== undefined && code !== 0) return result.reason ?? `exit code ${code}`;
  return result.reason ?? 'it failed';
}

/** Whoever was to run a script says that it did not, with the digest of what it was given (image/report.ts). */
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
