/** Writes plain lines to stderr, for files, pipes and CI systems other than GitHub Actions, and for --quiet. */
import { eventTable, type BakeEvent } from '../../events/events.ts';
import { placeText } from './errors.ts';
import { finishedMark } from './marks.ts';
import type { Output, Surface } from './surface.ts';
import type { Paint, Symbols } from './text.ts';
import { wrapText } from '../../text/wrap.ts';

/** Seconds between two progress lines of a stage and target: a bake of 40 minutes must neither look dead nor fill a log. */
const PROGRESS_EVERY_SECONDS = 20;

export interface PlainOptions {
  output: Output;
  paint: Paint;
  symbols: Symbols;
  verbose: boolean;
  quiet: boolean;
  /** The time in seconds since any fixed start. */
  now(): number;
  /** The columns of the terminal; infinite without one. */
  width(): number;
}

export function plainSurface(options: PlainOptions): Surface {
  const { output, paint, symbols, quiet } = options;
  const lastShown = new Map<string, number>();
  const print = (text: string): void => void output.write(`${text}\n`);

  function show(event: BakeEvent): void {
    const { level } = eventTable[event.type];
    if (quiet && level !== 'warning' && level !== 'error') return;
    if (isShown(event)) print(eventLine(event, paint, symbols, options.width()));
  }

  function isShown(event: BakeEvent): boolean {
    if (event.type === 'output') return options.verbose;
    if (event.type === 'stageStarted') lastShown.set(keyOf(event), options.now());
    if (event.type !== 'stageProgress') return event.type !== 'stageStarted';
    const last = lastShown.get(keyOf(event)) ?? -Infinity;
    if (!options.verbose && options.now() - last < PROGRESS_EVERY_SECONDS) return false;
    lastShown.set(keyOf(event), options.now());
    return true;
  }

  return {
    event: show,
    print,
    error: (_, text) => print(text),
    summary: () => {},
    aside: (write) => write(),
    close: () => {},
  };
}

/** The key of a stage of a target. */
export function keyOf(event: { stage: string; target?: string | undefined }): string {
  return `${event.stage}\0${event.target ?? ''}`;
}

/** An event as a line that begins with its mark; on a narrow terminal, as several. */
export function eventLine(event: BakeEvent, paint: Paint, symbols: Symbols, width = Infinity): string {
  const place = event.type === 'warning' ? placeText(event) : '';
  const text = symbols.fit(textOf(event)) + (place === '' ? '' : ` (${place})`);
  const mark = finishedMark(event, paint, symbols);
  // The mark takes one column and may be painted.
  if (mark !== undefined) return `${mark}${wrapText(`x ${text}`, width).slice(1)}`;
  return event.type === 'output' ? paint('dim', `    ${text}`) : wrapText(text, width);
}

/** The text of the event from the table of events; a label without text has no dot. */
export function textOf(event: BakeEvent): string {
  const row = eventTable[event.type] as { text(event: BakeEvent): string };
  return row.text(event).replace(/\s*·?\s*$/, '');
}
