/** Owns how a rehearsal is told to people: one table a target, and behind it the end of what each failed script said. */
import type { RehearsalResult } from '../engines/rehearsal/contract.ts';
import { readData, readReport } from '../image/report.ts';
import { table } from '../text/tables.ts';

export interface RehearsedText {
  os: string;
  arch: string;
  parallelcluster: string;
  isolation: string;
  why: string | null;
  results: readonly (RehearsalResult & { kind: 'step' | 'check' })[];
  /** Why each row is as it is. */
  rows: readonly { id: string; reason?: string | null | undefined }[];
}

/** Lines of a failed script that are shown. */
const TAIL = 20;

export function rehearsalText(target: RehearsedText): string {
  const { os, arch, parallelcluster, results } = target;
  const head = `${os} ${arch} · ParallelCluster ${parallelcluster}`;
  const failures = results.filter(({ outcome }) => outcome === 'failed').map(failureText);
  if (target.isolation === 'none')
    return [`${head} · not rehearsed: ${target.why}`, ...failures].join('\n\n');
  const why = new Map(target.rows.map(({ id, reason }) => [id, reason]));
  const rows = results.map(({ name, kind, outcome, reason }) => [
    outcome,
    kind,
    name,
    (kind === 'check' ? why.get(name) : undefined) ?? reason ?? '',
  ]);
  const body = `${head}\n${table(['OUTCOME', 'KIND', 'NAME', 'WHY'], rows)}`;
  return [body, ...failures, ...(failures.length === 0 ? [] : [next(os)])].join('\n\n');
}

function failureText({ kind, name, reason, output }: RehearsedText['results'][number]): string {
  // What a script says to bake (reports, pieces of the inventory) is for no reader.
  const lines = output
    .trimEnd()
    .split('\n')
    .filter((line) => readReport(line) === undefined && readData(line) === undefined);
  const said = lines.join('\n').trim() === '' ? ['(it said nothing)'] : lines.slice(-TAIL);
  const cut = lines.length > TAIL ? ` · the last ${TAIL} of ${lines.length} lines` : '';
  return [`${kind} ${name} failed: ${reason ?? ''}${cut}`, ...said.map((line) => `  | ${line}`)].join('\n');
}

function next(os: string): string {
  return `Next\n  bake rehearse --os ${os} --verbose shows all output; bake render --os ${os} --sandbox writes the scripts to read`;
}
