/** Owns `bake explain`: one error code in full, or the list of all. */
import { BakeError } from '../../errors/bake-error.ts';
import { errorTable, type ErrorCode } from '../../errors/table.ts';
import { nearest } from '../../util/nearest.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { table } from '../../text/tables.ts';

const EXIT_MEANING: Readonly<Record<number, string>> = {
  1: 'a check found differences',
  2: 'bad input',
  3: 'the environment refused',
  4: 'remote work failed',
  70: 'our bug',
  130: 'interrupted',
};

interface Explanation {
  code: string;
  exit: number;
  title: string;
  /** The message with its fields in angle brackets. */
  message: string;
  hint: string;
  about: string | undefined;
}

/** @throws BakeError UNKNOWN_CODE */
export async function execute({ args, host }: Invocation): Promise<0> {
  const codes = Object.keys(errorTable) as ErrorCode[];
  const wanted = args[0];
  if (wanted === undefined) {
    const all = codes.map(explanation);
    host.result({ codes: all }, () =>
      table(
        ['code', 'exit', 'meaning'],
        all.map(({ code, exit, title }) => [code, String(exit), title]),
      ),
    );
    return 0;
  }
  const code = codes.find((known) => known === wanted.toUpperCase());
  if (code === undefined) {
    const near = nearest(wanted, codes);
    throw new BakeError('UNKNOWN_CODE', { code: wanted, near: near === undefined ? [] : [near] });
  }
  const one = explanation(code);
  host.result(one, () => explanationText(one));
  return 0;
}

/** Exported for its test: every row of the table can be explained. */
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

function explanationText({ code, exit, title, message, hint, about }: Explanation): string {
  return [
    `${code}: ${title}`,
    '',
    `  reads  ${message.replaceAll('\n', '\n         ')}`,
    `  next   ${hint}`,
    `  exit   ${exit} (${EXIT_MEANING[exit] ?? ''})`,
    ...(about === undefined ? [] : ['', about]),
  ].join('\n');
}

/** A context whose every field reads as its own name, so that a message shows its shape: `unknown key <key>`. */
function placeholders(): unknown {
  const field = (name: string): unknown => {
    const text = `<${name}>`;
    // Lists are joined and mapped, numbers and strings are printed: an array of one prints like a string.
    return Object.assign([text], {
      toString: () => text,
      startsWith: () => false,
      replaceAll: () => text,
    });
  };
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' ? field(name) : undefined) });
}
