/** Owns `bake rehearse`: the exact steps and rows, run for real in a root filesystem on this machine. No AWS. */
import { rehearse } from '../../engines/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../../engines/rehearsal/contract.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { imageSteps } from '../../image/steps.ts';
import { verifyRows } from '../../image/verify.ts';
import { targetLabel } from '../../os/target.ts';
import type { Job } from '../../pipeline/world.ts';
import type { Invocation } from '../command.ts';
import { openWorkplace, requireTargets } from '../compose.ts';
import { table } from '../tables.ts';

type Kind = 'step' | 'check';

interface Rehearsed {
  os: string;
  arch: string;
  parallelcluster: string;
  isolation: string;
  why: string | null;
  results: (RehearsalResult & { kind: Kind })[];
  verify: { passed: number; failed: number; skipped: number };
}

/** Exit 4 when a step or a row failed. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host } = invocation;
  requireTargets(invocation);
  const { project } = await openWorkplace(invocation);
  const targets: Rehearsed[] = [];
  for (const job of project.jobs) targets.push(await rehearseJob(job, invocation));
  host.result({ rehearsed: targets }, () => targets.map(human).join('\n\n'));
  return targets.some((target) => target.results.some((result) => result.outcome === 'failed')) ? 4 : 0;
}

async function rehearseJob(job: Job, { host, options, signal }: Invocation): Promise<Rehearsed> {
  const { os, arch, parallelcluster } = job.target;
  const label = targetLabel(job.target);
  const inputs = { ...job.image, os, arch, parallelcluster };
  const steps = imageSteps(inputs, job.templates);
  const rows = verifyRows(inputs, job.templates);
  const scripts = [...steps, ...rows].map(({ id, script }) => ({ name: id, text: script }));
  const total = scripts.length;
  let done = 0;
  host.emit({ type: 'stageStarted', stage: 'rehearse', target: label });
  const rehearsal = await rehearse({
    target: { os: os.id, arch, parallelcluster },
    rootfs: options.rootfs,
    network: options.network,
    scripts,
    keepGoing: true,
    signal,
    onLine: (source, line) => host.emit({ type: 'output', stage: 'rehearse', target: label, source, line }),
    onResult: ({ name, outcome }) =>
      host.emit({
        type: 'stageProgress',
        stage: 'rehearse',
        target: label,
        text: `${name} ${outcome}`,
        done: ++done,
        total,
      }),
  });
  if (signal.aborted) throw new BakeError('INTERRUPTED', { run: '' });
  const kindOf = (index: number): Kind => (index < steps.length ? 'step' : 'check');
  const verify = { passed: 0, failed: 0, skipped: 0 };
  for (const [index, { outcome }] of rehearsal.results.entries()) {
    if (kindOf(index) === 'check') verify[outcome]++;
  }
  const text =
    rehearsal.isolation === 'none'
      ? `not rehearsed: ${rehearsal.why}`
      : `${verify.passed} passed · ${verify.failed} failed · ${verify.skipped} skipped`;
  host.emit(
    rehearsal.results.some((result) => result.outcome === 'failed')
      ? { type: 'stageFailed', stage: 'rehearse', target: label, text }
      : {
          type: 'stageFinished',
          stage: 'rehearse',
          target: label,
          outcome: rehearsal.isolation === 'none' ? 'skipped' : 'done',
          text,
        },
  );
  return {
    os: os.id,
    arch,
    parallelcluster,
    isolation: rehearsal.isolation,
    why: rehearsal.why ?? null,
    results: rehearsal.results.map((result, index) => ({ kind: kindOf(index), ...result })),
    verify,
  };
}

function human(target: Rehearsed): string {
  const head = `${target.os} ${target.arch} · ParallelCluster ${target.parallelcluster}`;
  if (target.isolation === 'none') return `${head} · not rehearsed: ${target.why}`;
  return `${head}\n${table(
    ['OUTCOME', 'KIND', 'NAME', 'WHY'],
    target.results.map(({ name, kind, outcome, reason }) => [outcome, kind, name, reason ?? '']),
  )}`;
}
