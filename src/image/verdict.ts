/** Decides from the reports of an image's scripts whether it may be published. Only a script's own report is proof. */
import { sha256 } from '../util/sha256.ts';
import type { Report } from './report.ts';
import type { Step, VerifyRow } from './step.ts';

/** Numbers of rows by outcome, as --json prints them. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The result of the verify list: the numbers of rows, and why rows were skipped. */
export interface Verified extends Counts {
  /**
   * The reasons for skips, each once, as many as fit into a tag of the image; verify.json has the reason of every row.
   */
  reasons: string[];
}

export interface VerifyVerdict extends Verified {
  /** What is wrong; empty: the image may be published. */
  problems: string[];
}

/**
 * The image passes only if every rendered step and row reported, none failed, and each skipped script has the digest of
 * the rendered script. So the image fails if a script was dropped or changed on the way.
 */
export function verdictOf(
  steps: readonly Step[],
  rows: readonly VerifyRow[],
  reports: readonly Report[],
): VerifyVerdict {
  // The last report counts: a step may run again after a reboot (AWSTOE exit 194).
  const lastReports = new Map(reports.map((report) => [`${report.kind} ${report.id}`, report]));
  const verdict: VerifyVerdict = { passed: 0, failed: 0, skipped: 0, reasons: [], problems: [] };
  for (const step of steps) check('step', step);
  for (const row of rows) check('row', row);
  return { ...verdict, reasons: shortened(verdict.reasons) };

  function check(kind: 'step' | 'row', item: Step | VerifyRow): void {
    const report = lastReports.get(`${kind} ${item.id}`);
    if (!report) {
      verdict.problems.push(`${kind} ${item.id} did not report: it never ran`);
      return;
    }
    if (kind === 'row') verdict[report.outcome]++;
    if (report.outcome === 'failed')
      verdict.problems.push(`${kind} ${item.id} failed: ${report.text.trim()}`);
    if (report.outcome !== 'skipped') return;
    if (!verdict.reasons.includes(report.text)) verdict.reasons.push(report.text);
    if (report.digest !== sha256(item.script)) {
      verdict.problems.push(`${kind} ${item.id} was skipped, but its script differs from the rendered one`);
    }
  }
}

/** Characters of a tag value that remain for the reasons, after `red: ` and the numbers. */
const FOR_REASONS = 190;
/** `step trust-extract was skipped`: a skip that follows from another one needs no reason of its own. */
const FOLLOWS = /^step \S+ was skipped$/;

function shortened(reasons: readonly string[]): string[] {
  const own = reasons.filter((reason) => !FOLLOWS.test(reason));
  const kept: string[] = [];
  for (const reason of own) {
    if ([...kept, reason].join('; ').length > FOR_REASONS) break;
    kept.push(reason);
  }
  return kept.length === own.length ? kept : [...kept, `${own.length - kept.length} more`];
}

/** A row and its outcome, as `bake rehearse --json` and verify.json show it. */
export interface RowResult {
  id: string;
  title: string;
  because: string;
  command: string;
  expected: string;
  /** What the row printed; empty if it did not run. */
  found: string;
  outcome: Report['outcome'];
  /** Why it failed or was skipped; null if it passed. */
  reason: string | null;
}

/** Each row with its last report, in the order of the rows. A row that did not report has failed. */
export function rowResults(rows: readonly VerifyRow[], reports: readonly Report[]): RowResult[] {
  const lastReports = new Map(
    reports.filter(({ kind }) => kind === 'row').map((report) => [report.id, report]),
  );
  return rows.map(({ id, title, because, command, expected }) => {
    const report = lastReports.get(id);
    const outcome = report?.outcome ?? 'failed';
    const found = outcome === 'skipped' ? '' : (report?.text.trim() ?? '');
    const of = { id, title, because, command, expected, found, outcome };
    if (!report) return { ...of, reason: 'it did not report: it never ran' };
    if (outcome === 'passed') return { ...of, reason: null };
    return { ...of, reason: outcome === 'skipped' ? report.text : failureOf(found) };
  });
}

/** The last `FAILED: …` in the output of a row (templates/verify/_fail), otherwise the last line. */
function failureOf(found: string): string {
  const lines = found.split('\n');
  const message = lines.findLast((line) => line.startsWith('FAILED: '))?.slice('FAILED: '.length);
  return message ?? (lines.at(-1) || 'it failed without output');
}

/** The AMI tag that stores the verdict, so that an adopted image is not verified again. */
export const VERIFY_TAG = 'bakery:verify';

const RED = 'red: ';
/** EC2: a tag value has at most 256 characters. */
const LONGEST = 256;

/**
 * `41 passed, 0 failed, 3 skipped: yum is not on this machine; …`, with the prefix `red: ` if the image did not pass.
 */
export function verifyNoteOf({ passed, failed, skipped, reasons }: Verified, red = false): string {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  return `${red ? RED : ''}${counts}${why}`.slice(0, LONGEST);
}

/** Reads the note of an image that passed; null if the image has no note or did not pass. */
export function readVerifyNote(text: string | undefined): Verified | null {
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped(?:: (.*))?$/s.exec(text ?? '');
  if (!match) return null;
  const [passed, failed, skipped] = match.slice(1, 4).map(Number) as [number, number, number];
  return { passed, failed, skipped, reasons: match[4]?.split('; ') ?? [] };
}

/** Whether this is the note of an image that did not pass. Such an image is never adopted. */
export function isRed(text: string | undefined): boolean {
  return text?.startsWith(RED) ?? false;
}
