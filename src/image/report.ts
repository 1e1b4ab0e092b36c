/**
 * Owns the report protocol: one line on a script's stdout says how it ended, wherever it ran (CloudWatch Logs of
 * Image Builder, Packer's output, a rehearsal). Whitespace-separated, text base64 so that any log carries it whole:
 *
 *   bake-report <step|row> <id> <passed|failed|skipped> <sha256 of the script, or -> <base64 text, or ->
 *
 * A script that ran prints its own line with `-` for the digest. A script that could not run where it was sent is
 * reported as skipped by whoever was to run it, with the digest of the text that was only checked for syntax and the
 * reason as text: so a script that was dropped or altered on the way never counts as done.
 *
 * A step that has more to tell prints a gzip file in pieces, each a line of at most 8 kB (an event of CloudWatch Logs
 * takes 256 kB), with the digest of the whole:
 *
 *   bake-data <name> <number from 1>/<how many> <sha256 of the gzip file> <base64 of a piece>
 */
import { sha256 } from '../util/sha256.ts';

export interface Report {
  kind: 'step' | 'row';
  id: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** sha256 (hex) of the script that was checked but not run; undefined when it ran. */
  digest?: string | undefined;
  /** A row's real output, a skip's reason. */
  text: string;
}

/** One piece of a gzip file. */
export interface DataPiece {
  name: string;
  /** From 1. */
  number: number;
  count: number;
  /** sha256 (hex) of the gzip file. */
  digest: string;
  base64: string;
}

/** Everything that the log of a bake says to bake. */
export interface Said {
  reports: Report[];
  data: DataPiece[];
}

const LINE =
  /bake-report (step|row) ([A-Za-z0-9._:-]{1,100}) (passed|failed|skipped) (-|[0-9a-f]{64}) (-|[A-Za-z0-9+/=]+)\s*$/;
const DATA =
  /bake-data ([a-z][a-z0-9-]{0,40}) ([1-9]\d{0,3})\/([1-9]\d{0,3}) ([0-9a-f]{64}) ([A-Za-z0-9+/]+={0,2})\s*$/;

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

/** The piece of data in a log line, or undefined. Never throws. */
export function readData(line: string): DataPiece | undefined {
  const match = DATA.exec(line);
  if (!match) return undefined;
  const [, name, number, count, digest, base64] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { name, number: Number(number), count: Number(count), digest, base64 };
}

/** Takes what a line says to bake, where it says anything. True: it did. */
export function listen(line: string, said: Said): boolean {
  // Most lines of a log are others': one look is all they cost.
  if (!line.includes('bake-')) return false;
  const report = readReport(line);
  const piece = report ? undefined : readData(line);
  if (report) said.reports.push(report);
  if (piece) said.data.push(piece);
  return report !== undefined || piece !== undefined;
}

/** The whole file, or why there is none. */
export type Joined = { bytes: Buffer } | { lacks: string };

/**
 * Puts the pieces of a name together. A step may have run twice, so the file that came last counts; pieces may come in
 * any order and twice, but none may lack, differ from its namesake, or be altered. Never throws.
 */
export function joinData(name: string, said: readonly DataPiece[]): Joined {
  const last = said.findLast((piece) => piece.name === name);
  if (!last) return { lacks: 'nothing was told' };
  const { digest, count } = last;
  const pieces: (string | undefined)[] = Array.from({ length: count }, () => undefined);
  for (const piece of said) {
    if (piece.name !== name || piece.digest !== digest) continue;
    const at = piece.number - 1;
    if (piece.count !== count || at >= count) return { lacks: 'its pieces are numbered in two ways' };
    if (pieces[at] !== undefined && pieces[at] !== piece.base64)
      return { lacks: `there are two different pieces ${piece.number} of ${count}` };
    pieces[at] = piece.base64;
  }
  const missing = pieces.findIndex((piece) => piece === undefined);
  if (missing !== -1) return { lacks: `piece ${missing + 1} of ${count} is missing` };
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece ?? '', 'base64')));
  return sha256(bytes) === digest ? { bytes } : { lacks: 'it was altered on the way: another digest' };
}
