/** Records the state of the machine that a test compares: files with size, time and inode; processes; mounts. */
import fs from 'node:fs/promises';
import path from 'node:path';

const WATCHED = [
  '/etc',
  '/usr/local',
  '/usr/share/ca-certificates',
  '/usr/share/pki',
  '/root/.ssh',
  '/root/.bashrc',
  '/var/lib/dpkg',
  '/var/lib/rpm',
  '/var/lib/apt',
  '/var/lib/cloud',
];

/** Lists files that no other program on a busy machine changes, one a line: path, size, mtime, inode, mode, owner. */
export async function snapshotMachine(): Promise<string[]> {
  const lines: string[] = [];
  for (const folder of WATCHED) await walk(folder, lines);
  return lines;
}

/** Skips /etc/netns and the time of /etc: the networks of other tests keep their hosts files there. */
async function walk(file: string, lines: string[]): Promise<void> {
  if (file === '/etc/netns') return;
  const stat = await fs.lstat(file).catch(() => undefined);
  if (!stat) return;
  if (file !== '/etc') lines.push([file, stat.size, stat.mtimeMs, stat.ino, stat.mode, stat.uid].join(' '));
  if (!stat.isDirectory()) return;
  const children = await fs.readdir(file).catch(() => []);
  for (const child of children) await walk(path.join(file, child), lines);
}

/** Returns the pids of the processes whose command line has the text. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.replaceAll('\0', ' ').includes(text));
}

/** Lists all mounts except the network namespaces of other tests. */
export async function mounts(): Promise<string> {
  const all = await fs.readFile('/proc/self/mountinfo', 'utf8');
  return all
    .split('\n')
    .filter((line) => !line.includes(' nsfs ') && !line.includes('/run/netns'))
    .join('\n');
}

/** Waits until the check holds. @throws Error after 10 s */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`after 10 s still not: ${what}`);
}
