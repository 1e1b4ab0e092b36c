/** Owns who holds a lease, a journal or a state folder: a process that can be told from a later one with the same pid. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  /** Host, boot and pid namespace: the same text means that `pid` can be looked at from here. */
  host: string;
  pid: number;
  /** Start time of the process in clock ticks since boot; '' where there is no /proc. */
  started: string;
}

export function thisProcess(): Owner {
  return processOf(process.pid);
}

/** A process of this host that runs now. */
export function processOf(pid: number): Owner {
  return { host: hostId(), pid, started: startOf(pid) ?? '' };
}

/** Sends a signal to that very process. @returns false where it is gone, another's, or elsewhere */
export function signalTo(owner: Owner, signal: NodeJS.Signals): boolean {
  if (lookAt(owner) !== 'alive') return false;
  try {
    return process.kill(owner.pid, signal);
  } catch {
    return false;
  }
}

/** `unknown`: it lives on another host, so only its heartbeat can tell. */
export function lookAt(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== hostId()) return 'unknown';
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, but somebody else's.
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

/** Field 22 of /proc/PID/stat (proc(5)); the fields follow the last `)`, since the program's name may hold spaces. */
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
