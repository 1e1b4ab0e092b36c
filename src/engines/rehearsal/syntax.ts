/** Checks the syntax of a script where nothing is run: `bash -n` reads a script and runs none of it. */
import { spawn } from 'node:child_process';

import { findOnPath } from './isolation.ts';
import type { Ran } from './namespace.ts';

/**
 * An older bash (macOS has 3.2) would refuse what every image's bash can read. --norc: bash takes the socket that is its
 * standard input for a remote shell's, and would run the user's .bashrc (bash(1), INVOCATION).
 */
const READ_ONLY = 'if ((BASH_VERSINFO[0] < 4)); then exit 0; fi; exec "$BASH" --norc -n';

/** Exit code 0 where bash can read the script, or where there is no bash to ask. */
export async function checkSyntaxHere(text: string, signal?: AbortSignal): Promise<Ran> {
  const bash = await findOnPath('bash');
  if (bash === undefined) return { exitCode: 0, output: '' };
  // Every plan and every run starts here: execa would take 15 ms more.
  const child = spawn(bash, ['--norc', '-c', READ_ONLY], {
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  // bash may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  // After an abort, too, it ends by itself within milliseconds.
  signal?.throwIfAborted();
  return { exitCode: exitCode ?? 1, output: output.replace(/\n$/, '') };
}
