/** What a command is asked to do, and what it may use to do it. */
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
  /** Absolute path of the folder the command was started in. */
  cwd: string;
  /** Aborted by the first SIGINT or SIGTERM: end cleanly and throw INTERRUPTED (or return). */
  signal: AbortSignal;
  /** Version of bake. */
  version: string;
  /** What the user typed, for the runStarted event. */
  commandLine: string;
  /** What a command about references asks of the project; absent: rotation as bakery.yaml has it. */
  rotate?: RotateWish | undefined;
  /** The bake engines; absent: those of src/engines/index.ts. */
  engines?: Engines | undefined;
}
