/** Owns the contract between the CLI and a command's module. */
import type { ExitCode } from '../errors/table.ts';
import type { RotateWish } from '../pipeline/selection.ts';
import type { Host } from './host/host.ts';
import type { OptionName, Options } from './options.ts';

export interface Invocation {
  options: Options;
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
}

/** A module src/cli/commands/<name>.ts. Errors are thrown as BakeError; results go through the host. */
interface CommandModule {
  execute: (invocation: Invocation) => Promise<ExitCode | 0>;
}

export interface ArgumentSpec {
  name: string;
  summary: string;
  required?: boolean;
  /** As many as there are; only the last one of a command. */
  variadic?: boolean;
  /** The only values it takes. */
  choices?: readonly string[];
}

export interface CommandSpec {
  name: string;
  group: 'main' | 'set-up' | 'hidden';
  /** One line for the list of commands. */
  summary: string;
  /** Sentences for the command's own help. */
  about?: string;
  arguments?: readonly ArgumentSpec[];
  options: readonly OptionName[];
  /** Other meanings of an option here than in the table. */
  notes?: Partial<Record<OptionName, string>>;
  /** Never empty: [command line, what it does]. */
  examples: readonly (readonly [string, string])[];
  load(): Promise<CommandModule>;
}
