/** Reads and writes a line of the store's files: a checksum and JSON, so that a torn or altered line is detected. */
import { sha256 } from '../../util/sha256.ts';

const DIGITS = 16;

export function writeLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksum(json)} ${json}\n`;
}

/** The value of a line without its newline; undefined if the checksum does not match. Never throws. */
export function readLine(line: string): { value: unknown } | undefined {
  const json = line.slice(DIGITS + 1);
  if (line[DIGITS] !== ' ' || line.slice(0, DIGITS) !== checksum(json)) return undefined;
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return sha256(text).slice(0, DIGITS);
}
