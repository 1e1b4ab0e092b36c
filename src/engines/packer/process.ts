/**
 * Runs one Packer process. Its output goes to a file that is read as it grows, not through a pipe: if bake
 * is killed, a broken pipe would end Packer during its clean-up.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { ChildAccess } from '../../aws/session.ts';
import { checkOwner, processOf, signalTo, type Owner } from '../../util/owner.ts';
import { makeFolder, writeFileAtomic } from '../../util/files.ts';

/** The time between two reads of the output. */
const TAIL_MS = 200;
/** The time that Packer has for its clean-up after SIGTERM. Terminating an instance takes a minute. */
const GRACE_MS = 5 * 60_000;
/** Bytes per read. */
const CHUNK = 64 * 1024;

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
    const child = execa(run.command, run.args, {
      cwd: run.cwd,
      env: await environment(run.access, temporary),
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
    if (child.pid !== undefined) await notePid(run.log, child.pid);
    const ended = new AbortController();
    const reading = follow(run.log, ended.signal, run.onLine);
    const result = await child;
    ended.abort();
    await reading;
    return { exitCode: result.exitCode, reason: result.shortMessage ?? '' };
  } finally {
    await out.close();
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
    await fs.rm(pidFile(run.log), { force: true });
  }
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

async function notePid(log: string, pid: number): Promise<void> {
  await writeFileAtomic(pidFile(log), JSON.stringify(processOf(pid)));
}

/**
 * Ends the Packer that a killed bake left running with this log, and waits until it has cleaned up.
 * @returns whether one was running
 */
export async function endPredecessor(log: string, signal: AbortSignal): Promise<boolean> {
  const owner = await readOwner(pidFile(log));
  if (!owner || !signalTo(owner, 'SIGTERM')) return false;
  const end = Date.now() + GRACE_MS;
  while (checkOwner(owner) === 'alive' && Date.now() < end) await sleep(TAIL_MS, undefined, { signal });
  signalTo(owner, 'SIGKILL');
  return true;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const value = JSON.parse(await fs.readFile(file, 'utf8')) as Partial<Owner> | null;
    if (typeof value?.pid !== 'number' || !value.host || !value.started) return undefined;
    return value as Owner;
  } catch {
    return undefined;
  }
}
