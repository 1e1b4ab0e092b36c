/**
 * Writes output for GitHub Actions: a group for each stage and target with its output, annotations at the place of each
 * error, and the job summary (docs.github.com, "Workflow commands for GitHub Actions").
 */
import { appendFileSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { BakeEvent } from '../../events/events.ts';
import type { ErrorView } from './errors.ts';
import { eventLine, keyOf, plainSurface, type PlainOptions } from './plain.ts';
import type { Surface } from './surface.ts';

/** GitHub drops a step's whole summary above 1 MiB (docs.github.com, "Adding a job summary"). */
const SUMMARY_LIMIT = 1024 * 1024 - 1024;

export interface GithubOptions extends PlainOptions {
  /** The value of GITHUB_STEP_SUMMARY. */
  summaryFile: string | undefined;
  /** The value of GITHUB_WORKSPACE: file names in annotations are relative to it. */
  workspace: string | undefined;
  cwd: string;
}

export function githubSurface(options: GithubOptions): Surface {
  const { output, paint, symbols } = options;
  const plain = plainSurface({ ...options, output: { write: (text) => output.write(inert(text)) } });
  /** The lines of running stages, kept because targets run at the same time and groups cannot nest. */
  const held = new Map<string, string[]>();
  let summarised = 0;

  function show(event: BakeEvent): void {
    if (event.type === 'warning') {
      return annotate('warning', { file: event.file, line: event.line, column: event.column }, event.text);
    }
    if (event.type === 'output' || event.type === 'stageProgress') {
      const lines = held.get(keyOf(event)) ?? [];
      lines.push(eventLine(event, paint, symbols));
      held.set(keyOf(event), lines);
      if (event.type === 'stageProgress') plain.event(event);
      return;
    }
    const lines =
      event.type === 'stageFinished' || event.type === 'stageFailed' ? held.get(keyOf(event)) : undefined;
    if (lines === undefined || options.quiet) return plain.event(event);
    held.delete(keyOf(event as { stage: string }));
    output.write(
      `::group::${escapeData(eventLine(event, paint, symbols))}\n${inert(`${lines.join('\n')}\n`)}::endgroup::\n`,
    );
  }

  function showError(error: ErrorView, text: string): void {
    annotate('error', error.place, `${error.code} ${error.message}\n${error.hint}`);
    plain.print(text);
  }

  function annotate(
    kind: 'warning' | 'error',
    place: { file?: string | undefined; line?: number | undefined; column?: number | undefined },
    text: string,
  ): void {
    const properties = Object.entries({
      file: fromWorkspace(place.file),
      line: place.line,
      col: place.column,
    })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
    const gap = properties.length > 0 ? ' ' : '';
    output.write(`::${kind}${gap}${properties.join(',')}::${escapeData(text)}\n`);
  }

  function fromWorkspace(file: string | undefined): string | undefined {
    if (file === undefined || options.workspace === undefined) return file;
    const inside = relative(options.workspace, resolve(options.cwd, file));
    return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
  }

  function summary(markdown: string): void {
    const bytes = Buffer.byteLength(markdown) + 1;
    if (options.summaryFile === undefined || summarised + bytes > SUMMARY_LIMIT) return;
    summarised += bytes;
    try {
      appendFileSync(options.summaryFile, `${markdown}\n`);
    } catch (cause) {
      // A run does not fail because its summary cannot be written.
      plain.print(`the job summary was not written: ${String(cause)}`);
    }
  }

  return { ...plain, event: show, error: showError, summary };
}

/** Escapes the text after `::command::` (actions/toolkit, packages/core/src/command.ts, escapeData). */
function escapeData(text: string): string {
  return text
    .replaceAll('##[', '# #[')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
}

/** Escapes the value of a command's property (same file, escapeProperty). */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Escapes `::` and `##[` in the output of programs, so that the runner sees no command in it. */
export function inert(text: string): string {
  return text.replace(/^(\s*)::/gm, '$1: :').replaceAll('##[', '# #[');
}
