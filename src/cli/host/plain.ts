/** Owns plain lines on stderr: for files, pipes and CI systems that are not GitHub's. Quiet is the same, with less. */
import { eventTable, type BakeEvent } from '../../events/events.ts';
import { placeText } from './errors.ts';
import { finishedMark } from './marks.ts';
import type { Output, Surface } from './surface.ts';
import type { Paint, Symbols } from './text.ts';

/** A bake of 40 minutes must not look dead, nor fill a log: one line a stage and target in this many seconds. */
const PROGRESS_EVERY_SECONDS = 20;

export interface PlainOptions {
  output: Output;
  paint: Paint;
  symbols: Symbols;
  verbose: boolean;
  quiet: boolean;
  /** Seconds, from any start. */
  now(): number;
}

export function plainSurface(options: PlainOptions): Surface {
  const { output, paint, symbols, quiet } = options;
  const lastShown = new Map<string, number>();
  const print = (text: string): void => void output.write(`${text}\n`);

  function show(event: BakeEvent): void {
    const { level } = eventTable[event.type];
    if (quiet && level !== 'warning' && level !== 'error') return;
    if (isShown(event)) print(eventLine(event, paint, symbols));
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

/** What a stage of a target is remembered by. */
export function keyOf(event: { stage: string; target?: string | undefined }): string {
  return `${event.stage}\0${event.target ?? ''}`;
}

/** An event as one line, mark first. */
export function eventLine(event: BakeEvent, paint: Paint, symbols: Symbols): string {
  const place = event.type === 'warning' ? placeText(event) : '';
  const text = symbols.fit(textOf(event)) + (place === '' ? '' : ` (${place})`);
  const mark = finishedMark(event, paint, symbols);
  if (mark !== undefined) return `${mark} ${text}`;
  return event.type === 'output' ? paint('dim', `    ${text}`) : text;
}

/** The event's own text, from the one table; a label with nothing behind it loses its dot. */
export function textOf(event: BakeEvent): string {
  const row = eventTable[event.type] as { text(event: BakeEvent): string };
  return row.text(event).replace(/\s*·?\s*$/, '');
}
