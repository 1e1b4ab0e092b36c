/** The output of a command, for the person or program that started it. Results go to stdout, everything else to stderr. */
import type { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';

export interface Host {
  /** Reports progress, which each host shows in its own way. */
  emit: Emit;
  /**
   * Prints the result on stdout: `json` as one line with --json, otherwise `human()` unless --quiet. `width` is that of
   * the terminal; infinite where stdout is none.
   */
  result(json: unknown, human: (width: number) => string): void;
  /** Prints a text for another program: without any change, unless stdout is a terminal. */
  document(json: unknown, text: () => string): void;
  /**
   * Asks a yes-or-no question at a terminal; `otherwise` is the default. Without a terminal or with --yes the answer is yes.
   * @throws BakeError INTERRUPTED if a signal ends the question
   */
  confirm(question: string, otherwise?: 'yes' | 'no'): Promise<boolean>;
  /** Adds Markdown to the summary of a GitHub job; does nothing elsewhere. */
  summary(markdown: string): void;
  /** Adds to an INTERNAL error what this process had written before it. */
  explain(errors: readonly BakeError[]): BakeError[];
  /** Shows every error; with --json as the document on stdout if there was no result. */
  error(errors: BakeError[]): void;
  /** Masks `value` in all later output. */
  secret(value: string): void;
  /** Whether a person at a terminal can see a plan and answer a question. */
  isTty: boolean;
  /** Restores the terminal. A second call does nothing. */
  close(): void;
}
