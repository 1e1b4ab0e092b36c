/** Owns judging what the scripts of an image reported: nothing counts as proven that did not say so itself. */
import { sha256 } from '../util/sha256.ts';
import type { Report } from './report.ts';
import type { Step, VerifyRow } from './step.ts';

/** Rows, as design 3.2 counts them. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What was proven, and why the rest was not. */
export interface Verified extends Counts {
  /** The reasons for skips, each once, as many as a tag of the image holds; verify.json has every row's. */
  reasons: string[];
}

export interface Verdict extends Verified {
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
  return { ...verdict, reasons: inShort(verdict.reasons) };

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
    if (report.digest !== sha256(item.script)) {
      verdict.red.push(`${kind} ${item.id} was skipped with another text than the one rendered`);
    }
  }
}

/** What is left of a tag value for reasons: counts stand before them, and `red: `. */
const FOR_REASONS = 190;
/** `step trust-extract was skipped`: what follows from another skip is no reason of its own. */
const FOLLOWS = /^step \S+ was skipped$/;

function inShort(reasons: readonly string[]): string[] {
  const own = reasons.filter((reason) => !FOLLOWS.test(reason));
  const told: string[] = [];
  for (const reason of own) {
    if ([...told, reason].join('; ').length > FOR_REASONS) break;
    told.push(reason);
  }
  return told.length === own.length ? told : [...told, `${own.length - told.length} more`];
}

/** A row with what was found: what `bake rehearse --json` and verify.json print of it. */
export interface RowResult {
  id: string;
  title: string;
  because: string;
  command: string;
  expected: string;
  /** What the row printed; empty where it did not run. */
  found: string;
  outcome: Report['outcome'];
  /** Why it failed or was skipped; null where it passed. */
  reason: string | null;
}

/** Each row with its last report, in the order of the rows. What did not report has failed. */
export function rowResults(rows: readonly VerifyRow[], reports: readonly Report[]): RowResult[] {
  const said = new Map(reports.filter(({ kind }) => kind === 'row').map((report) => [report.id, report]));
  return rows.map(({ id, title, because, command, expected }) => {
    const report = said.get(id);
    const outcome = report?.outcome ?? 'failed';
    const found = outcome === 'skipped' ? '' : (report?.text.trim() ?? '');
    const of = { id, title, because, command, expected, found, outcome };
    if (!report) return { ...of, reason: 'it did not report: it never ran' };
    if (outcome === 'passed') return { ...of, reason: null };
    return { ...of, reason: outcome === 'skipped' ? report.text : failureOf(found) };
  });
}

/** The last `FAILED: …` of what a row printed (templates/verify/_fail), else the last line. */
function failureOf(found: string): string {
  const lines = found.split('\n');
  const said = lines.findLast((line) => line.startsWith('FAILED: '))?.slice('FAILED: '.length);
  return said ?? (lines.at(-1) || 'it failed without a word');
}

/** Holds the verdict on the AMI, so that an adopted image is not judged again. */
export const VERIFY_TAG = 'bakery:verify';

const RED = 'red: ';
/** EC2: a tag value has at most 256 characters. */
const LONGEST = 256;

/** `41 passed, 0 failed, 3 skipped: yum is not on this machine; …`; an image that did not pass has `red: ` before it. */
export function noteOf({ passed, failed, skipped, reasons }: Verified, red = false): string {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  return `${red ? RED : ''}${counts}${why}`.slice(0, LONGEST);
}

/** What noteOf() wrote of an image that passed; null where it was not judged, or did not pass. */
export function readNote(text: string | undefined): Verified | null {
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped(?:: (.*))?$/s.exec(text ?? '');
  if (!match) return null;
  const [passed, failed, skipped] = match.slice(1, 4).map(Number) as [number, number, number];
  return { passed, failed, skipped, reasons: match[4]?.split('; ') ?? [] };
}

/** True for the note of an image that did not pass: it is never adopted. */
export function isRed(text: string | undefined): boolean {
  return text?.startsWith(RED) ?? false;
}
