/** Shows a rehearsal: one table for each target, then the last output of each failed script. */
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
  /** The reason for the result of each row. */
  rows: readonly { id: string; reason?: string | null | undefined }[];
}

/** How many lines of a failed script are shown. */
const TAIL = 20;

export function rehearsalText(target: RehearsedText, width = Infinity): string {
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
  const body = `${head}\n${table(['OUTCOME', 'KIND', 'NAME', 'WHY'], rows, width)}`;
  return [body, ...failures, ...(failures.length === 0 ? [] : [next(os)])].join('\n\n');
}

function failureText({ kind, name, reason, output }: RehearsedText['results'][number]): string {
  // Reports and inventory lines are for bake, not for readers.
  const lines = output
    .trimEnd()
    .split('\n')
    .filter((line) => readReport(line) === undefined && readData(line) === undefined);
  const shown = lines.join('\n').trim() === '' ? ['(no output)'] : lines.slice(-TAIL);
  const cut = lines.length > TAIL ? ` · the last ${TAIL} of ${lines.length} lines` : '';
  return [`${kind} ${name} failed: ${reason ?? ''}${cut}`, ...shown.map((line) => `  | ${line}`)].join('\n');
}

function next(os: string): string {
  return [
    'Next',
    `  \`bake rehearse --os ${os} --verbose\`  # shows all output`,
    `  \`bake render --os ${os} --sandbox\`  # writes the scripts to read`,
  ].join('\n');
}
