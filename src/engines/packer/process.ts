/**
 * Runs one Packer process. Its output goes to a file that is read as it grows, not through a pipe: if bake
 * is killed, a broken pipe would end Packer during its clean-up. Packer ends when bake ends, however bake ends.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { ChildAccess } from '../../aws/session.ts';
import { checkOwner, processOf, signalTo, thisProcess, type Owner } from '../../util/owner.ts';
import { makeFolder, writeFileAtomic } from '../../util/files.ts';

/** The time between two reads of the output. */
const TAIL_MS = 200;
/** The time that Packer has for its clean-up after SIGTERM. Terminating an instance takes a minute. */
const GRACE_MS = 5 * 60_000;
/** Bytes per read. */
const CHUNK = 64 * 1024;

/**
 * Runs Packer for bake: a bash that gets SIGTERM from bake or, by its parent-death signal, at bake's end. It passes on only
 * one, because at the second one Packer stops without cleaning up (hashicorp/packer:signal.go).
 */
const SUPERVISE = `
end() {
  wanted=yes
  if [ -n "$packer" ] && [ -z "$sent" ]; then sent=yes; kill -TERM "$packer"; fi
}
packer='' wanted='' sent=''
trap end TERM
"$@" &
packer=$!
if [ -n "$wanted" ]; then end; fi
wait "$packer"
while kill -0 "$packer" 2>/dev/null; do wait "$packer"; done
wait "$packer"
`;
const AT_PARENTS_END = ['setpriv', '--pdeathsig', 'TERM', '--'] as const;

export interface PackerRun {
  command: string;
  args: readonly string[];
  /** The folder in which Packer runs and writes its manifest. */
  cwd: string;
  access: ChildAccess;
  /** Absolute path of the file that takes its output; replaces that of an earlier run. */
  log: string;
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/**
 * Runs Packer to its end. On an abort it gets SIGTERM and time to clean up, then SIGKILL. Packer ignores SIGINT to its pid
 * alone (hashicorp/packer:main.go: its parent process forwards only SIGTERM).
 * @returns its exit code; undefined if a signal ended it or it could not be started
 */
export async function runPacker(run: PackerRun): Promise<{ exitCode: number | undefined; reason: string }> {
  makeFolder(path.dirname(run.log));
  // Plug-ins listen on sockets in it, whose paths must be short; no other user may read it.
  const temporary = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-'));
  const out = await fs.open(run.log, 'w', 0o600);
  try {
    const env = await environment(run.access, temporary);
    const [command, ...args] = await supervised([run.command, ...run.args], env);
    const child = execa(command, args, {
      cwd: run.cwd,
      env,
      extendEnv: false,
      // execa passes a file descriptor on, but its types lack this form.
      stdio: ['ignore', out.fd as unknown as 'inherit', out.fd as unknown as 'inherit'],
      // In its own process group: Ctrl-C in a terminal reaches only bake, which then sends SIGTERM.
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      cancelSignal: run.signal,
      forceKillAfterDelay: GRACE_MS,
    });
    if (child.pid !== undefined) await notePid(run.log, child.pid, temporary);
    const ended = new AbortController();
    const reading = follow(run.log, ended.signal, run.onLine);
    const result = await child;
    ended.abort();
    await reading;
    if (child.pid !== undefined) await endGroup(child.pid);
    const { exitCode, signal } = result;
    const how = exitCode === undefined ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`;
    return { exitCode, reason: `${run.command} ended with ${how}` };
  } finally {
    await out.close();
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
    await fs.rm(pidFile(run.log), { force: true });
  }
}

/** The command line that ends when bake ends. Without setpriv (it is part of util-linux) the command itself. */
async function supervised(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<readonly [string, ...string[]]> {
  const [setpriv, ...options] = AT_PARENTS_END;
  const probe = await execa(setpriv, [...options, 'bash', '--norc', '-c', ':'], {
    env,
    extendEnv: false,
    stdio: 'ignore',
    reject: false,
  });
  if (probe.exitCode !== 0) return command;
  const supervisor = ['bash', '--norc', '-c', SUPERVISE, 'packer'];
  return [...AT_PARENTS_END, ...supervisor, ...AT_PARENTS_END, ...command];
}

/** Ends what Packer left running in its process group: if its first process is killed, the second one would continue. */
async function endGroup(leader: number): Promise<void> {
  const send = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-leader, signal);
    } catch {
      return false;
    }
  };
  const end = Date.now() + GRACE_MS;
  if (!send('SIGTERM')) return;
  while (send(0) && Date.now() < end) await sleep(TAIL_MS);
  send('SIGKILL');
}

async function environment(access: ChildAccess, temporary: string): Promise<Record<string, string>> {
  const bundle = path.join(temporary, 'ca.pem');
  if (access.ca) await fs.writeFile(bundle, access.ca.join('\n'));
  return {
    ...access.env,
    ...(access.ca ? { AWS_CA_BUNDLE: bundle } : {}),
    TMPDIR: temporary,
    PACKER_CACHE_DIR: path.join(temporary, 'cache'),
    PACKER_NO_COLOR: '1',
    PACKER_LOG: '',
    // Otherwise Packer asks a server of HashiCorp for new versions at each start.
    CHECKPOINT_DISABLE: '1',
  };
}

/** Yields each line when it is written, and the incomplete last one when `ended` says that no more will come. */
async function follow(file: string, ended: AbortSignal, onLine: (line: string) => void): Promise<void> {
  const handle = await fs.open(file, 'r');
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(CHUNK);
  let rest = '';
  try {
    for (;;) {
      const last = ended.aborted;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
        if (bytesRead === 0) break;
        const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      }
      if (last) break;
      await sleep(TAIL_MS, undefined, { signal: ended }).catch(() => {});
    }
    if (rest !== '') onLine(rest);
  } finally {
    await handle.close();
  }
}

// ── a Packer whose bake is gone ───────────────────────────────────────────────────────────────────────────────────

const pidFile = (log: string): string => `${log}.pid`;

/** A Packer that runs, the bake that started it, and its temporary folder. */
interface Note extends Owner {
  bake?: Owner;
  temporary?: string;
}

async function notePid(log: string, pid: number, temporary: string): Promise<void> {
  const note: Note = { ...processOf(pid), bake: thisProcess(), temporary };
  await writeFileAtomic(pidFile(log), JSON.stringify(note));
}

/**
 * Ends the Packer that a killed bake left running with this log, waits until it has cleaned up, and removes its temporary
 * folder.
 * @returns whether one was running
 */
export async function endPredecessor(log: string, signal: AbortSignal): Promise<boolean> {
  const note = await readNote(pidFile(log));
  if (!note) return false;
  const wasRunning = signalTo(note, 'SIGTERM');
  const end = Date.now() + GRACE_MS;
  while (checkOwner(note) === 'alive' && Date.now() < end) await sleep(TAIL_MS, undefined, { signal });
  signalTo(note, 'SIGKILL');
  if (checkOwner(note) === 'unknown') return false;
  const { temporary } = note;
  if (temporary !== undefined && /^bake-\w{6}$/.test(path.basename(temporary)))
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
  await fs.rm(pidFile(log), { force: true });
  return wasRunning;
}

/**
 * Ends the Packers of other runs whose bake was killed: they may still clean up for the same image, because another
 * command line resumes no run.
 * @param logs the logs of the same target in all runs
 */
export async function endOrphans(logs: readonly string[], signal: AbortSignal): Promise<void> {
  for (const log of logs) {
    const note = await readNote(pidFile(log));
    if (note?.bake && checkOwner(note.bake) === 'dead') await endPredecessor(log, signal);
  }
}

async function readNote(file: string): Promise<Note | undefined> {
  try {
    const value = JSON.parse(await fs.readFile(file, 'utf8')) as Partial<Note> | null;
    if (typeof value?.pid !== 'number' || !value.host || !value.started) return undefined;
    return value as Note;
  } catch {
    return undefined;
  }
}
