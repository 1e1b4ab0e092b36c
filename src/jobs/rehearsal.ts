/** Rehearses targets: runs their exact steps and rows in a root filesystem on this machine, without AWS. */
import path from 'node:path';
import { rehearse, scriptOf } from '../engines/rehearsal/rehearse.ts';
import type { Rehearsal, RehearsalResult } from '../engines/rehearsal/contract.ts';
import { BakeError } from '../errors/bake-error.ts';
import { collectReport, type Report, type Reports } from '../image/report.ts';
import type { Step, VerifyRow } from '../image/step.ts';
import { imageSteps } from '../image/steps.ts';
import { rowResults, type RowResult } from '../image/verdict.ts';
import { verifyRows } from '../image/verify.ts';
import { targetLabel } from '../os/target.ts';
import { canonicalJson } from '../util/canonical.ts';
import { checkScripts } from '../pipeline/script-syntax.ts';
import type { Job } from '../pipeline/world.ts';
import { cyclonedx, sbomText } from '../sbom/cyclonedx.ts';
import { readInventory } from '../sbom/inventory.ts';
import { writeFileAtomic } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import type { Invocation } from './invocation.ts';
import { writeJunit } from './junit-file.ts';
import { openWorkplace } from './workplace.ts';
import { requireOneTarget, requireTargets } from './selection.ts';

type Kind = 'step' | 'check';

export interface RehearsedTarget {
  os: string;
  arch: string;
  parallelcluster: string;
  isolation: string;
  why: string | null;
  results: (RehearsalResult & { kind: Kind })[];
  /** The verify list: what each row expected and found, and why. */
  rows: RowResult[];
  verify: { passed: number; failed: number; skipped: number };
}

/**
 * Rehearses every target that the options select, and writes the files of --junit and --sbom.
 * @throws BakeError USAGE, SBOM_MISSING, INTERRUPTED
 */
export async function rehearseTargets(invocation: Invocation): Promise<RehearsedTarget[]> {
  const { host, options } = invocation;
  requireTargets(invocation);
  const { project } = await openWorkplace(invocation);
  await checkScripts(project.scripts, invocation.signal);
  for (const warning of project.warnings) host.emit({ type: 'warning', ...warning });
  if (options.sbom !== undefined) requireOneTarget('--sbom', project.jobs, 'rehearse');
  const targets: RehearsedTarget[] = [];
  for (const job of project.jobs) targets.push(await rehearseJob(job, invocation));
  await writeJunit(
    invocation,
    targets.map(({ os, arch, parallelcluster, rows }) => ({
      name: `${os} ${arch} ${parallelcluster}`,
      rows,
    })),
  );
  return targets;
}

async function rehearseJob(job: Job, invocation: Invocation): Promise<RehearsedTarget> {
  const { os, arch, parallelcluster } = job.target;
  const steps = imageSteps(job.parts, job.templates);
  const rows = verifyRows(job.parts, job.templates);
  const collected: Reports = { reports: [], data: [] };
  const rehearsal = await run(job, steps, rows, collected, invocation);
  const kindOf = (index: number): Kind => (index < steps.length ? 'step' : 'check');
  const checks = rehearsal.results.filter((_, index) => kindOf(index) === 'check');
  const count = (outcome: RehearsalResult['outcome']) =>
    checks.filter((one) => one.outcome === outcome).length;
  const verify = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  announce(job, rehearsal, verify, invocation);
  await writeSbom(job, steps, collected, invocation);
  return {
    os: os.id,
    arch,
    parallelcluster,
    isolation: rehearsal.isolation,
    why: rehearsal.why ?? null,
    results: rehearsal.results.map((result, index) => ({ kind: kindOf(index), ...result })),
    rows: rowResults(rows, reportsOf(checks, collected)),
    verify,
  };
}

async function run(
  job: Job,
  steps: readonly Step[],
  rows: readonly VerifyRow[],
  collected: Reports,
  { host, options, signal }: Invocation,
): Promise<Rehearsal> {
  const target = targetLabel(job.target);
  const scripts = [...steps, ...rows].map(scriptOf);
  let done = 0;
  host.emit({ type: 'stageStarted', stage: 'rehearse', target });
  const rehearsal = await rehearse({
    target: { ...job.target, os: job.target.os.id },
    rootfs: options.rootfs,
    network: options.network,
    scripts,
    keepGoing: true,
    signal,
    onLine(source, line) {
      if (!collectReport(line, collected))
        host.emit({ type: 'output', stage: 'rehearse', target, source, line });
    },
    onResult: ({ name, outcome }) =>
      host.emit({
        type: 'stageProgress',
        stage: 'rehearse',
        target,
        text: `${name} ${outcome}`,
        done: ++done,
        total: scripts.length,
      }),
  });
  if (signal.aborted) throw new BakeError('INTERRUPTED', { run: '' });
  return rehearsal;
}

/** Combines the reports of rows with the engine's results, for rows that could not report (skipped, killed). */
function reportsOf(checks: readonly RehearsalResult[], { reports }: Reports): Report[] {
  const seen = checks.map(({ name, outcome, reason, output }): Report => {
    const text = outcome === 'skipped' ? (reason ?? '') : `${output}\nFAILED: ${reason ?? ''}`;
    return { kind: 'row', id: name, outcome, text };
  });
  // The last report of a row counts, if it agrees with the engine.
  const agreed = reports.filter(({ kind, id, outcome }) =>
    seen.some((one) => kind === 'row' && one.id === id && one.outcome === outcome),
  );
  return [...seen, ...agreed];
}

function announce(
  job: Job,
  { isolation, why, results }: Rehearsal,
  verify: RehearsedTarget['verify'],
  { host }: Invocation,
): void {
  const of = { stage: 'rehearse', target: targetLabel(job.target) };
  const text =
    isolation === 'none'
      ? `not rehearsed: ${why}`
      : `${verify.passed} passed · ${verify.failed} failed · ${verify.skipped} skipped`;
  if (results.some((result) => result.outcome === 'failed')) host.emit({ type: 'stageFailed', ...of, text });
  else host.emit({ type: 'stageFinished', ...of, outcome: isolation === 'none' ? 'skipped' : 'done', text });
}

/** @throws BakeError SBOM_MISSING */
async function writeSbom(
  job: Job,
  steps: readonly Step[],
  collected: Reports,
  { options, cwd }: Invocation,
): Promise<void> {
  if (options.sbom === undefined) return;
  const { os, arch, parallelcluster } = job.target;
  const label = targetLabel(job.target);
  const inventory = readInventory(collected.data);
  if ('problem' in inventory) {
    const context = { image: `the rehearsal of ${label}`, reason: inventory.problem, file: undefined };
    throw new BakeError('SBOM_MISSING', context);
  }
  // A rehearsal has no base image and no period, so this fingerprint matches no image.
  const fingerprint = `sha256:${sha256(canonicalJson({ rehearsal: label, steps: steps.map(({ script }) => sha256(script)) }))}`;
  const subject = { name: `rehearsal of ${label}`, fingerprint, imageId: null, region: null };
  const sbom = cyclonedx(inventory, { ...subject, os: os.id, arch, parallelcluster });
  await writeFileAtomic(path.resolve(cwd, options.sbom), sbomText(sbom));
}
