/** Formats an error: code and message, place, excerpt with caret, next step. */
import type { BakeError, FilePlace } from '../../errors/bake-error.ts';
import { wrapText } from '../../text/wrap.ts';
import type { Paint, Symbols } from './text.ts';

/** The parts of an error that a surface shows, as strings, so that they can be masked. */
export interface ErrorView {
  code: string;
  message: string;
  hint: string;
  place: FilePlace;
  /** Only for bugs of bake. */
  stack: string | undefined;
}

export function viewOf(error: BakeError): ErrorView {
  const { code, message, hint, place } = error;
  const cause = error.cause instanceof Error ? error.cause : error;
  return { code, message, hint, place, stack: code === 'INTERNAL' ? cause.stack : undefined };
}

/** `✗ CODE message` with its details, without a final line break. */
export function errorText(error: ErrorView, paint: Paint, symbols: Symbols, width = Infinity): string {
  const place = placeText(error.place);
  // Wrapped with the plain text that goes before it.
  const head = `${symbols.failed} ${error.code} `;
  const message = wrapText(`${head}${indentRest(error.message)}`, width).slice(head.length);
  const mark = `  ${symbols.next} `;
  const hint = wrapText(`${mark}${indentRest(error.hint)}`, width).slice(mark.length);
  return [
    `${paint('red', symbols.failed)} ${paint('bold', error.code)} ${message}`,
    ...(place === '' ? [] : [`  ${paint('cyan', place)}`]),
    ...(error.place.excerpt === undefined ? [] : indented(error.place.excerpt, '    ')),
    `  ${paint('green', symbols.next)} ${hint}`,
    ...(error.stack === undefined ? [] : indented(error.stack, '    ').map((line) => paint('dim', line))),
  ].join('\n');
}

/** `file:line:column`, which editors and terminals can open; empty without a place. */
export function placeText({ file, line, column }: FilePlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** The errors as a Markdown table, for a job summary. */
export function errorSummary(errors: readonly ErrorView[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', '<br>');
  const rows = errors.map((error) => {
    const place = placeText(error.place);
    return `| \`${error.code}\` | ${cell(error.message)}${place === '' ? '' : ` (\`${cell(place)}\`)`} | ${cell(error.hint)} |`;
  });
  return ['| error | found | next |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

function indentRest(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

function indented(text: string, by: string): string[] {
  return text.split('\n').map((line) => by + line);
}
