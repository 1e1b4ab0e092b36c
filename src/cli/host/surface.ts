/** The interface of the three outputs on stderr: a terminal, plain lines, and GitHub Actions. */
import type { BakeEvent } from '../../events/events.ts';
import type { ErrorView } from './errors.ts';

/** Secrets are masked and control characters removed in all texts that it receives. */
export interface Surface {
  event(event: BakeEvent): void;
  /** Writes whole lines above the live region. */
  print(text: string): void;
  /** Writes one error; `text` is its full text. */
  error(error: ErrorView, text: string): void;
  summary(markdown: string): void;
  /** Removes the live region while `write` runs. */
  aside<T>(write: () => T): T;
  close(): void;
}

/** The stream that a surface writes to. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
}
