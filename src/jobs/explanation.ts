/** Explains an error code from its row in the table of errors. */
import { errorTable, type ErrorCode } from '../errors/table.ts';

export interface Explanation {
  code: string;
  exit: number;
  title: string;
  /** The message with its fields in angle brackets. */
  message: string;
  hint: string;
  about: string | undefined;
}

export function explanation(code: ErrorCode): Explanation {
  const row = errorTable[code] as {
    exit: number;
    title: string;
    message(context: unknown): unknown;
    hint(context: unknown): unknown;
    about?: string;
  };
  const context = placeholders();
  return {
    code,
    exit: row.exit,
    title: row.title,
    message: String(row.message(context)),
    hint: String(row.hint(context)),
    about: row.about,
  };
}

/** A context in which each field has its own name as its value, so that a message shows its form: `unknown key <key>`. */
function placeholders(): unknown {
  const field = (name: string): unknown => {
    const text = `<${name}>`;
    // Messages join and map lists, and print numbers and strings. A list of one works for all of them.
    return Object.assign([text], {
      toString: () => text,
      startsWith: () => false,
      replaceAll: () => text,
    });
  };
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' ? field(name) : undefined) });
}
