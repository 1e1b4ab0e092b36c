/** Owns the syntax check where nothing can be rehearsed: `bash -n` reads a script and runs none of it. */
import { execa } from 'execa';

import { findProgram } from './isolation.ts';
import type { Ran } from './namespace.ts';

/** Exit code 0 where bash can read the script, or where there is no bash to ask. */
export async function checkSyntaxHere(text: string, signal?: AbortSignal): Promise<Ran> {
  const bash = await findProgram('bash');
  if (bash === undefined) return { exitCode: 0, output: '' };
  const { exitCode, all } = await execa(bash, ['-n'], {
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
