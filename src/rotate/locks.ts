/**
 * Tells whether another process has locked a file for writing, on Linux (proc_locks(5)). Elsewhere no lock is known.
 */
import fs, { type Stats } from 'node:fs';

/** The age up to which a copy of /proc/locks is used, in milliseconds. A group of files is renamed in less time. */
const FRESH_MS = 10;

let known: { at: number; pids: Map<string, string> } | undefined;

/** @returns which process holds a lock (flock, fcntl); undefined if none does */
export function lockedBy({ dev, ino }: Stats): string | undefined {
  const now = Date.now();
  if (known === undefined || now - known.at > FRESH_MS) known = { at: now, pids: readLocks() };
  const pid = known.pids.get(`${deviceOf(dev)}:${ino}`);
  if (pid === undefined) return undefined;
  return `process ${pid}${nameOf(pid)} holds a lock on it`;
}

function readLocks(): Map<string, string> {
  const pids = new Map<string, string>();
  for (const line of read('/proc/locks').split('\n')) {
    // A waiting lock has `->` before its kind, and does not count.
    const [, pid, file] =
      /^\d+: (?:FLOCK|POSIX|OFDLCK) +\w+ +WRITE +(-?\d+) +([0-9a-f]+:[0-9a-f]+:\d+) /.exec(line) ?? [];
    if (pid !== undefined && file !== undefined) pids.set(file, pid);
  }
  return pids;
}

let device: { dev: number; text: string } | undefined;

/**
 * Formats a device as proc_locks(5) does: major and minor number in hexadecimal with at least two digits (makedev(3)).
 */
function deviceOf(dev: number): string {
  if (device?.dev === dev) return device.text;
  const big = BigInt(dev);
  const major = ((big >> 8n) & 0xfffn) | ((big >> 32n) & ~0xfffn);
  const minor = (big & 0xffn) | ((big >> 12n) & ~0xffn);
  const text = [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
  device = { dev, text };
  return text;
}

function nameOf(pid: string): string {
  const name = read(`/proc/${pid}/comm`).trim();
  return name === '' ? '' : ` (${name})`;
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
