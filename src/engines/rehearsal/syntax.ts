/** Owns the syntax check where nothing is run: `bash -n` reads a script and runs none of it. */
import { execa } from 'execa';

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
  const { exitCode, all } = await execa(bash, ['--norc', '-c', READ_ONLY], {
    input: text,
    all: true,
    reject: false,
    env: { LC_ALL: 'C' },
    extendEnv: false,
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  return { exitCode: exitCode ?? 1, output: all };
}
