/** Opens the host: chooses the surface, and masks, prints results, asks questions and shows errors on all of them. */
import { createInterface } from 'node:readline/promises';
import { BakeError, errorJson } from '../../errors/bake-error.ts';
import { withWrites } from './bug.ts';
import { errorSummary, errorText, viewOf } from './errors.ts';
import { githubSurface, inert } from './github.ts';
import type { Host } from '../../jobs/host.ts';
import { createMask, secretsOf } from '../../text/mask.ts';
import { plainSurface } from './plain.ts';
import type { Output, Surface } from './surface.ts';
import { mapStrings, paintFor, symbolsFor, tame } from './text.ts';
import { ttySurface } from './tty.ts';
import { wrapCommand, wrapText } from '../../text/wrap.ts';

export interface HostOptions {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  noColor: boolean;
  yes: boolean;
  /** The command line, for errors that say how to resume. */
  command?: string;
  /** How the user calls bake. */
  program?: string;
  /** Completes the commands in a text; `keep` keeps their backticks. */
  commands?: ((text: string, keep: boolean) => string) | undefined;
}

/** The parts of a process that a host needs. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean | undefined };
  stdout: Output;
  stderr: Output & NodeJS.WritableStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/** Opens the host for a terminal, GitHub Actions, or plain output, whichever the process has. */
export function openHost(proc: Terminal, options: HostOptions): Host {
  const { env } = proc;
  const mask = createMask();
  for (const secret of secretsOf(env)) mask.add(secret);
  const clean = (text: string): string => mask.text(tame(text));
  const completed = (text: string, keep: boolean): string => options.commands?.(text, keep) ?? text;
  const onGithub = env['GITHUB_ACTIONS'] === 'true';
  const person = proc.stdin.isTTY === true && proc.stderr.isTTY === true && !options.json && !onGithub;

  const paint = paintFor(proc.stderr, env, options.noColor);
  const symbols = symbolsFor(env);
  const surface = openSurface();
  let resultPrinted = false;

  function openSurface(): Surface {
    const { verbose, quiet } = options;
    const now = (): number => performance.now() / 1000;
    const width = (): number => widthOf(proc.stderr);
    const base = { output: masked(proc.stderr, mask.text), paint, symbols, verbose, quiet, now, width };
    if (onGithub) {
      const summaryFile = env['GITHUB_STEP_SUMMARY'];
      return githubSurface({ ...base, summaryFile, workspace: env['GITHUB_WORKSPACE'], cwd: proc.cwd() });
    }
    return proc.stderr.isTTY && !quiet && env['TERM'] !== 'dumb' ? ttySurface(base) : plainSurface(base);
  }

  /** Commands get the line ends of a shell. */
  function fitted(text: string, width: number): string {
    const isCommand = (line: string): boolean =>
      options.program !== undefined && line.trimStart().startsWith(`${options.program} `);
    return text
      .split('\n')
      .map((line) => (isCommand(line) ? wrapCommand(line, width) : wrapText(line, width)))
      .join('\n');
  }

  /** Masks before JSON.stringify(), which would escape quotes inside a secret. */
  function printJson(json: unknown): void {
    printed(JSON.stringify(mapStrings(json, mask.text)));
  }

  function printed(text: string): void {
    resultPrinted = true;
    surface.aside(() => proc.stdout.write(`${mask.text(text).replace(/\n$/, '')}\n`));
  }

  /** The columns of a terminal; infinite for files and pipes, because programs read whole lines. */
  const widthOf = (stream: Output): number => (stream.isTTY === true ? (stream.columns ?? 80) : Infinity);

  function result(json: unknown, human: (width: number) => string): void {
    if (options.json) return printJson(json);
    if (options.quiet) return;
    const width = widthOf(proc.stdout);
    const text = fitted(symbols.fit(clean(completed(human(width), false))), width);
    printed(onGithub ? inert(text) : text);
  }

  function document(json: unknown, text: () => string): void {
    if (options.json) return printJson(json);
    if (options.quiet) return;
    printed(proc.stdout.isTTY ? clean(text()) : text());
  }

  const explain = (errors: readonly BakeError[]): BakeError[] =>
    withWrites(errors, options.command ?? 'the same command').map((one) =>
      one.withHint(completed(one.hint, true)),
    );

  function error(found: BakeError[]): void {
    const errors = explain(found);
    const views = errors.map((one) => mapStrings(viewOf(one), clean));
    for (const view of views) surface.error(view, errorText(view, paint, symbols, widthOf(proc.stderr)));
    surface.summary(errorSummary(views));
    if (options.json && !resultPrinted) printJson({ errors: errors.map(errorJson) });
  }

  async function confirm(question: string, otherwise: 'yes' | 'no' = 'yes'): Promise<boolean> {
    if (!person || options.yes) return true;
    const lines = createInterface({ input: proc.stdin, output: proc.stderr });
    const cutOff = new AbortController();
    lines.on('SIGINT', () => cutOff.abort()).on('close', () => cutOff.abort());
    try {
      const asked = surface.aside(() =>
        lines.question(
          `${wrapText(clean(question), widthOf(proc.stderr))} ${otherwise === 'yes' ? '[Y/n]' : '[y/N]'} `,
          {
            signal: cutOff.signal,
          },
        ),
      );
      const answer = (await asked).trim();
      const isYes = answer === '' ? otherwise === 'yes' : /^(?:y|yes)$/i.test(answer);
      // Also with --quiet, because it is an answer to a person.
      if (!isYes) surface.aside(() => proc.stderr.write('nothing was written\n'));
      return isYes;
    } catch (cause) {
      throw new BakeError('INTERRUPTED', { run: '' }, { cause });
    } finally {
      lines.close();
    }
  }

  return {
    emit: (event) => surface.event(mapStrings(event, (text) => clean(completed(text, true)))),
    result,
    document,
    confirm,
    explain,
    summary: (markdown) => surface.summary(clean(markdown)),
    error,
    secret: (value) => mask.add(value),
    isTty: person,
    close: () => surface.close(),
  };
}

/** A stream that masks what is written; its size is read at each draw. */
function masked(stream: Output, mask: (text: string) => string): Output {
  return {
    write: (text) => stream.write(mask(text)),
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
  };
}
