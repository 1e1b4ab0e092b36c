/** The input of a command: its options and arguments, and the process around it. */
import type { RotateWish } from '../pipeline/selection.ts';
import type { Engines } from '../engines/engine.ts';
import type { Host } from './host.ts';
import type { JobOptions } from './options.ts';

export interface Invocation {
  options: JobOptions;
  /** Positional arguments, as many as the command declares. */
  args: string[];
  host: Host;
  env: NodeJS.ProcessEnv;
  /** The absolute path of the current folder. */
  cwd: string;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: clean up, then return or throw INTERRUPTED. */
  signal: AbortSignal;
  /** The version of bake. */
  version: string;
  /** The file that runs: bake.mjs, or dist/bake.js of a package; absent: not known. */
  program?: string | undefined;
  /** The command line, for the runStarted event. */
  commandLine: string;
  /** Settings of rotation that override bakery.yaml; absent: those of bakery.yaml. */
  rotate?: RotateWish | undefined;
  /** The bake engines; absent: those of src/engines/index.ts. */
  engines?: Engines | undefined;
}
