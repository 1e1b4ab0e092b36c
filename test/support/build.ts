/** Owns the bundle that tests run: built once before all of them, as `npm ci` does. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Empty, or why there is no bundle: only the tests that run it then fail (see bake.ts). */
    buildFailure: string;
  }
}

export function setup(project: TestProject): void {
  project.provide('buildFailure', build());
}

function build(): string {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  try {
    execFileSync(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    return '';
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const reason = stderr || String(error);
    process.stderr.write(
      `the bundle was not built; tests that run it will fail:\n${reason.slice(0, 4000)}\n`,
    );
    return reason;
  }
}
