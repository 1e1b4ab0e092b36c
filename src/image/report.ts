/**
 * Owns the report protocol: one line on a script's stdout says how it ended, wherever it ran (CloudWatch Logs of
 * Image Builder, Packer's output, a rehearsal). Whitespace-separated, text base64 so that any log carries it whole:
 *
 *   bake-report <step|row> <id> <passed|failed|skipped> <sha256 of the script, or -> <base64 text, or ->
 *
 * A script that ran prints its own line with `-` for the digest. A script that could not run where it was sent is
 * reported as skipped by whoever was to run it, with the digest of the text that was only checked for syntax and the
 * reason as text: so a script that was dropped or altered on the way never counts as done.
 */

export interface Report {
  kind: 'step' | 'row';
  id: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** sha256 (hex) of the script that was checked but not run; undefined when it ran. */
  digest?: string | undefined;
  /** A row's real output, a skip's reason. */
  text: string;
}

const LINE =
  /bake-report (step|row) ([A-Za-z0-9._:-]{1,100}) (passed|failed|skipped) (-|[0-9a-f]{64}) (-|[A-Za-z0-9+/=]+)\s*$/;

export function reportLine(report: Report): string {
  const text = report.text === '' ? '-' : Buffer.from(report.text, 'utf8').toString('base64');
  return `bake-report ${report.kind} ${report.id} ${report.outcome} ${report.digest ?? '-'} ${text}`;
}

/** The report in a log line (whatever a logger put before it), or undefined. Never throws. */
export function readReport(line: string): Report | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, kind, id, outcome, digest, text] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    kind: kind as Report['kind'],
    id,
    outcome: outcome as Report['outcome'],
    digest: digest === '-' ? undefined : digest,
    text: text === '-' ? '' : Buffer.from(text, 'base64').toString('utf8'),
  };
}
