/** Owns the contract between the CLI and a command's module. */
import type { ExitCode } from '../errors/table.ts';
import type { Invocation } from '../jobs/invocation.ts';
import type { OptionName } from './options.ts';

/** A module src/cli/commands/<name>.ts. Errors are thrown as BakeError; results go through the host. */
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
  examples: readonly Example[];
  load(): Promise<CommandModule>;
}
