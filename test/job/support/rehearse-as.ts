/** Runs a rehearsal as root or as an ordinary user, in a process of its own, from a bundle. */
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { build } from 'esbuild';

import type { Rehearsal, RehearsalRequest } from '../../../src/engines/rehearsal/contract.ts';
import { packagePath } from '../../../src/util/package-path.ts';

export type Who = 'root' | 'user';

export const amRoot = process.getuid?.() === 0;

/** Runs a command line without root's rights; not needed when the tests do not run as root. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Makes a package folder that every user may read, with `dist/rehearse.mjs` bundled from src. */
async function bundleForAnybody(): Promise<{ folder: string; entry: string }> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'bake-image-'));
  await fs.cp(packagePath('templates'), path.join(folder, 'templates'), { recursive: true });
  await fs.writeFile(path.join(folder, 'package.json'), '{"name":"ami-bakery","type":"module"}');
  const entry = path.join(folder, 'dist', 'rehearse.mjs');
  await build({
    entryPoints: [packagePath('test', 'job', 'support', 'rehearse-main.ts')],
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  await run(['chmod', '-R', 'a+rX', folder]);
  return { folder, entry };
}

/** The request that rehearse-main.ts reads from stdin. */
export interface Order {
  request: RehearsalRequest;
  /** The isolation to use instead of the one that the machine allows. */
  rung?: { isolation: 'root' | 'user' | 'none'; overlay: boolean; why?: string } | undefined;
}

/** The command line that runs rehearse-main.ts as root or as an ordinary user. */
export function commandAs(who: Who, entry: string): string[] {
  const drop = who === 'user' && amRoot ? AS_NOBODY : [];
  return [...drop, process.execPath, entry];
}

/** Runs a rehearsal in a process of its own. @throws Error with the code of a BakeError in its message */
export async function rehearseAs(
  command: string[],
  order: Order,
  env?: Record<string, string>,
): Promise<Rehearsal> {
  const { stdout, stderr } = await run(command, JSON.stringify(order), env);
  const answer = JSON.parse(stdout || '{}') as { rehearsal?: Rehearsal; error?: string };
  if (!answer.rehearsal) throw new Error(answer.error ?? `no answer: ${stderr}`);
  return answer.rehearsal;
}

export function run(
  [program = '', ...args]: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string; exitCode: number | null }> {
  const child = spawn(program, args, { env: { PATH: process.env['PATH'], ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
  });
}

export const alinux2 = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' } as const;
export const ubuntu = { os: 'ubuntu2204', arch: 'x86_64', parallelcluster: '3.16.0' } as const;

/** What rehearsals of every user need: the bundle they run, and a folder that all users may write to. */
export interface Ground {
  bundle: { folder: string; entry: string };
  work: string;
}

export async function openGround(): Promise<Ground> {
  const bundle = await bundleForAnybody();
  const work = await fs.mkdtemp(path.join(tmpdir(), 'bake-image-'));
  await fs.chmod(work, 0o777);
  return { bundle, work };
}

export async function closeGround({ bundle, work }: Ground): Promise<void> {
  await fs.rm(bundle.folder, { recursive: true });
  await fs.rm(work, { recursive: true });
}
