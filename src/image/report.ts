/**
 * Reads and writes the report protocol: a script prints one line on stdout that states its outcome, wherever it ran
 * (CloudWatch Logs of Image Builder, Packer's output, a rehearsal). The fields are separated by spaces, and text is in
 * base64, so that any log keeps it unchanged:
 *
 *   bake-report <step|row> <id> <passed|failed|skipped> <sha256 of the script, or -> <base64 text, or ->
 *
 * A script that ran prints its own line, with `-` as the digest. If a script cannot run on a machine, the engine
 * reports it as skipped, with the reason as text and the digest of the script, which it only checked for syntax. So a
 * script that was dropped or changed on the way never counts as passed.
 *
 * A step that reports more data prints a gzip file in pieces, each a line of at most 8 kB (an event of CloudWatch Logs
 * holds 256 kB), with the digest of the whole file:
 *
 *   bake-data <name> <number from 1>/<how many> <sha256 of the gzip file> <base64 of a piece>
 */
import { sha256 } from '../util/sha256.ts';

export interface Report {
  kind: 'step' | 'row';
  id: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** sha256 (hex) of the script, if it was only checked; undefined if it ran. */
  digest?: string | undefined;
  /** The output of a row, or the reason for a skip. */
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

/** Everything that the scripts of a bake reported in its log. */
export interface Reports {
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

/** The report in a log line (a logger may have added a prefix), or undefined. Never throws. */
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

/** Adds the report or the piece of data in a log line, if there is one. Returns whether there was. */
export function collectReport(line: string, into: Reports): boolean {
  // Most lines of a log are neither, so a cheap check comes first.
  if (!line.includes('bake-')) return false;
  const report = readReport(line);
  const piece = report ? undefined : readData(line);
  if (report) into.reports.push(report);
  if (piece) into.data.push(piece);
  return report !== undefined || piece !== undefined;
}

/** The whole file, or why it cannot be put together. */
export type Joined = { bytes: Buffer } | { problem: string };

/**
 * Joins the pieces of the file with this name. A step may have run twice, so the last file counts. Pieces may come in
 * any order and more than once, but none may be missing, changed, or different from another copy. Never throws.
 */
export function joinData(name: string, data: readonly DataPiece[]): Joined {
  const last = data.findLast((piece) => piece.name === name);
  if (!last) return { problem: 'no data was reported' };
  const { digest, count } = last;
  const pieces: (string | undefined)[] = Array.from({ length: count }, () => undefined);
  for (const piece of data) {
    if (piece.name !== name || piece.digest !== digest) continue;
    const at = piece.number - 1;
    if (piece.count !== count || at >= count) return { problem: 'its pieces disagree on their number' };
    if (pieces[at] !== undefined && pieces[at] !== piece.base64)
      return { problem: `there are two different pieces ${piece.number} of ${count}` };
    pieces[at] = piece.base64;
  }
  const missing = pieces.findIndex((piece) => piece === undefined);
  if (missing !== -1) return { problem: `piece ${missing + 1} of ${count} is missing` };
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece ?? '', 'base64')));
  return sha256(bytes) === digest ? { bytes } : { problem: 'its digest is wrong: it was changed on the way' };
}
