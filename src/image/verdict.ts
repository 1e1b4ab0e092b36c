/** Owns judging what the scripts of an image reported: nothing counts as proven that did not say so itself. */
import { createHash } from 'node:crypto';
import type { Report } from './report.ts';
import type { Step, VerifyRow } from './step.ts';

export interface Verdict {
  /** Rows, as design 3.2 counts them. */
  passed: number;
  failed: number;
  skipped: number;
  /** Each reason for a skip, once. */
  reasons: string[];
  /** What is wrong, in words; empty: the image may be published. */
  red: string[];
}

/**
 * Green only when every step and every row that was rendered reported, none failed, and what was skipped was checked
 * with the very text that was rendered: a step that was dropped or altered on the way turns the image red.
 */
export function judge(
  steps: readonly Step[],
  rows: readonly VerifyRow[],
  reports: readonly Report[],
): Verdict {
  // The last word counts: a step may run again after a reboot (AWSTOE exit 194).
  const said = new Map(reports.map((report) => [`${report.kind} ${report.id}`, report]));
  const verdict: Verdict = { passed: 0, failed: 0, skipped: 0, reasons: [], red: [] };
  for (const step of steps) look('step', step);
  for (const row of rows) look('row', row);
  return verdict;

  function look(kind: 'step' | 'row', item: Step | VerifyRow): void {
    const report = said.get(`${kind} ${item.id}`);
    if (!report) {
      verdict.red.push(`${kind} ${item.id} did not report: it never ran`);
      return;
    }
    if (kind === 'row') verdict[report.outcome]++;
    if (report.outcome === 'failed') verdict.red.push(`${kind} ${item.id} failed: ${report.text.trim()}`);
    if (report.outcome !== 'skipped') return;
    if (!verdict.reasons.includes(report.text)) verdict.reasons.push(report.text);
    if (report.digest !== createHash('sha256').update(item.script).digest('hex')) {
      verdict.red.push(`${kind} ${item.id} was skipped with another text than the one rendered`);
    }
  }
}
