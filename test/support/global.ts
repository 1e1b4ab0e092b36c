/** Prepares what all tests share: the bundle, built once as `npm ci` does, and one folder for all temporary files. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Empty, or why the build failed; only the tests that run the bundle fail then (see bake.ts). */
    buildFailure: string;
  }
}

/** @returns a function that deletes everything, so that no test has to clean up after a failure */
export function setup(project: TestProject): () => void {
  project.provide('buildFailure', build());
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'bake-tests-'));
  // For a test that drops to an ordinary user.
  fs.chmodSync(temporary, 0o777);
  process.env['TMPDIR'] = temporary;
  return () => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
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
