/** Identifies the process that holds a lease, a journal or a state folder, even if a later process gets the same pid. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  /** Host, boot and pid namespace. If the text equals that of this process, this process can see `pid`. */
  host: string;
  pid: number;
  /** The start time of the process in clock ticks since boot; '' if there is no /proc. */
  started: string;
}

export function thisProcess(): Owner {
  return processOf(process.pid);
}

/** The owner for a process that runs on this host. */
export function processOf(pid: number): Owner {
  return { host: hostId(), pid, started: startOf(pid) ?? '' };
}

/** Sends a signal to exactly that process. @returns false if it has ended, belongs to another user, or runs on another host */
export function signalTo(owner: Owner, signal: NodeJS.Signals): boolean {
  if (checkOwner(owner) !== 'alive') return false;
  try {
    return process.kill(owner.pid, signal);
  } catch {
    return false;
  }
}

/** Whether the process is alive. `unknown`: it runs on another host, so only its heartbeat shows that. */
export function checkOwner(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== hostId()) return 'unknown';
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: the process exists, but belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'dead';
  }
  const started = startOf(owner.pid);
  if (owner.started !== '' && started !== undefined && started !== owner.started) return 'dead';
  return isZombie(owner.pid) ? 'dead' : 'alive';
}

function hostId(): string {
  return [hostname(), readOr('/proc/sys/kernel/random/boot_id'), linkOr('/proc/self/ns/pid')]
    .filter((part) => part !== '')
    .join('/');
}

/** The fields of /proc/PID/stat (proc(5)) after the last `)`, because the name of the program may contain spaces. */
function statOf(pid: number): string[] | undefined {
  const text = readOr(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

function isZombie(pid: number): boolean {
  return ['Z', 'X'].includes(statOf(pid)?.[0] ?? '');
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
