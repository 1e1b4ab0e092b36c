/** Owns what a command may say to the person or program that started it. Results go to stdout, all else to stderr. */
import type { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';

export interface Host {
  /** Progress; a host shows it as its surface allows. */
  emit: Emit;
  /** The command's result: with --json `json` as one line on stdout, else `human()` on stdout unless --quiet. */
  result(json: unknown, human: () => string): void;
  /** The same with a text for another program: byte by byte as it is, unless a terminal shows it. */
  document(json: unknown, text: () => string): void;
  /**
   * Asks yes or no at a terminal; an empty answer is `otherwise`. Without a terminal and with --yes the answer is yes.
   * @throws BakeError INTERRUPTED when the question is cut off
   */
  confirm(question: string, otherwise?: 'yes' | 'no'): Promise<boolean>;
  /** Markdown for the summary of a GitHub job; nothing elsewhere. */
  summary(markdown: string): void;
  /** The same errors with what this process knows of them: a bug says what had been written by then. */
  explain(errors: readonly BakeError[]): BakeError[];
  /** Shows every error; with --json as the one document on stdout, if no result was printed. */
  error(errors: BakeError[]): void;
  /** From here on `value` is masked in everything this host writes. */
  secret(value: string): void;
  /** True when a person sits at a terminal: show before writing, ask. */
  isTty: boolean;
  /** Restores the terminal. Safe to call twice. */
  close(): void;
}
