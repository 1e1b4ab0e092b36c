/** The contract between the CLI and the module of a command. */
import type { ExitCode } from '../errors/table.ts';
import type { Invocation } from '../jobs/invocation.ts';
import type { OptionName } from './options.ts';

/** A module src/cli/commands/<name>.ts. It throws BakeErrors and gives its result to the host. */
interface CommandModule {
  execute: (invocation: Invocation) => Promise<ExitCode | 0>;
}

/**
 * Stands in the texts of commands and options for what the engines say (Engine.help). The lists of commands and options
 * are loaded with every start, the engines are not.
 */
export const OF_ENGINES = '{engines}';

/** [command line, what it does], or the place of the engines' examples. */
export type Example = readonly [string, string] | typeof OF_ENGINES;

export interface ArgumentSpec {
  name: string;
  summary: string;
  required?: boolean;
  /** Takes any number of values; only for the last argument of a command. */
  variadic?: boolean;
  /** The only valid values. */
  choices?: readonly string[];
}

export interface CommandSpec {
  name: string;
  group: 'main' | 'set-up' | 'hidden';
  /** One line, for the list of commands. */
  summary: string;
  /** Sentences, for the help of the command. */
  about?: string;
  arguments?: readonly ArgumentSpec[];
  options: readonly OptionName[];
  /** Summaries of options that mean something else here than in the table. */
  notes?: Partial<Record<OptionName, string>>;
  /** At least one: [command line, what it does]. */
  examples: readonly Example[];
  load(): Promise<CommandModule>;
}
