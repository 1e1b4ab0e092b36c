/** Owns what differs between a terminal, plain lines and GitHub Actions: how events and texts reach stderr. */
import type { BakeEvent } from '../../events/events.ts';
import type { ErrorView } from './errors.ts';

/** All texts it gets are masked and free of control characters already. */
export interface Surface {
  event(event: BakeEvent): void;
  /** Text on stderr, lines of it whole, above anything live. */
  print(text: string): void;
  /** One error; `text` is how it reads in full. */
  error(error: ErrorView, text: string): void;
  summary(markdown: string): void;
  /** Clears what is live, lets `write` have the terminal, and goes on. */
  aside<T>(write: () => T): T;
  close(): void;
}

/** Where a surface writes: a stream of this process, or a test's. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
}
