/** Checks the syntax of the user's scripts before anything is written, because an error would stop a bake halfway. */
import { checkSyntaxHere } from '../engines/rehearsal/syntax.ts';
import { BakeError, throwAll } from '../errors/bake-error.ts';
import { isBash } from '../image/user-script.ts';

/** A script with the name that the user gave. */
export interface NamedScript {
  /** Relative to the folder of bakery.yaml. */
  file: string;
  text: string;
}

/** `bash: line 3: syntax error near …` */
const SAID = /^[^\n]*?: line (\d+): (.*)$/m;

/**
 * Checks each script with `bash -n`, except scripts whose first line names an interpreter that is not a shell.
 * @throws BakeError SCRIPT_SYNTAX with file and line; BakeErrors if there are several
 */
export async function checkScripts(scripts: readonly NamedScript[], signal: AbortSignal): Promise<void> {
  const once = [...new Map(scripts.map((script) => [script.file, script])).values()];
  const errors = await Promise.all(once.map((script) => syntaxOf(script, signal)));
  throwAll(errors.filter((error) => error !== undefined));
}

async function syntaxOf({ file, text }: NamedScript, signal: AbortSignal): Promise<BakeError | undefined> {
  if (/^#![^\n]*\r\n/.test(text)) {
    const reason = 'its lines end in CR LF, so that Linux looks for an interpreter whose name ends in CR';
    return new BakeError('SCRIPT_SYNTAX', { path: file, reason }, { place: { file, line: 1 } });
  }
  if (!isBash(text)) return undefined;
  const { exitCode, output } = await checkSyntaxHere(text, signal);
  if (exitCode === 0) return undefined;
  const [, line, reason] = SAID.exec(output) ?? [];
  return new BakeError(
    'SCRIPT_SYNTAX',
    { path: file, reason: reason ?? output.trim() },
    { place: { file, line: line === undefined ? undefined : Number(line) } },
  );
}
