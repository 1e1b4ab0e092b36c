/**
 * Draws the live region of a terminal: one line for each running stage and target, redrawn in place. Finished lines scroll
 * up above it. Each redraw is one write to stderr, so that no half of it is visible.
 */
import type { BakeEvent } from '../../events/events.ts';
import { eventLine, keyOf, textOf } from './plain.ts';
import type { Output, Surface } from './surface.ts';
import { elapsed, type Paint, type Symbols } from './text.ts';
import { clip, widthOf } from '../../text/width.ts';

const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_DOWN = '\r\u001b[J';
/** The column of the elapsed time in wide terminals, near the text. */
const TIME_COLUMN = 100;

interface Row {
  text: string;
  since: number;
}

export interface TtyOptions {
  output: Output;
  paint: Paint;
  symbols: Symbols;
  verbose: boolean;
  /** The time in seconds since any fixed start. */
  now(): number;
}

export function ttySurface(options: TtyOptions): Surface {
  const { output, paint, symbols } = options;
  const rows = new Map<string, Row>();
  /** The widths of the lines on the screen: after a resize they may take more lines than before. */
  let drawn: number[] = [];
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  function show(event: BakeEvent): void {
    if (event.type === 'stageStarted' || event.type === 'stageProgress') {
      const since = rows.get(keyOf(event))?.since ?? options.now();
      rows.set(keyOf(event), { text: symbols.fit(textOf(event)).replaceAll('\n', ' '), since });
      return redraw('');
    }
    if (event.type === 'output' && !options.verbose) return;
    if (event.type === 'stageFinished' || event.type === 'stageFailed') rows.delete(keyOf(event));
    print(eventLine(event, paint, symbols, output.columns ?? 80));
  }

  function print(text: string): void {
    redraw(`${text}\n`);
  }

  /** Removes the live region, writes `above` in its place, and draws the region again below. */
  function redraw(above: string): void {
    const clear = erase();
    const lines = liveLines();
    drawn = lines.map(widthOf);
    const region = lines.map((line) => paintLine(line)).join('\n');
    tick(lines.length > 0);
    const cursor = lines.length > 0 ? HIDE_CURSOR : SHOW_CURSOR;
    if (clear !== '' || above !== '' || region !== '') output.write(`${clear}${above}${cursor}${region}`);
  }

  function erase(): string {
    if (drawn.length === 0) return '';
    const columns = Math.max(1, output.columns ?? 80);
    const height = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    drawn = [];
    return height > 1 ? `\u001b[${height - 1}A${CLEAR_DOWN}` : CLEAR_DOWN;
  }

  function liveLines(): string[] {
    const columns = (output.columns ?? 80) - 1;
    const room = Math.max(1, (output.rows ?? 24) - 2);
    const all = [...rows.values()].map((row) => {
      const time = elapsed(options.now() - row.since);
      const width = Math.min(columns, TIME_COLUMN) - 2;
      const text = clip(row.text, Math.max(0, width - time.length - 1), symbols.more);
      return clip(
        `${spinner()} ${text}${' '.repeat(Math.max(1, width - widthOf(text) - time.length))}${time}`,
        columns,
        '',
      );
    });
    return all.length <= room
      ? all
      : [...all.slice(0, room - 1), clip(`  ${symbols.more} and ${all.length - room + 1} more`, columns, '')];
  }

  function paintLine(line: string): string {
    const sign = spinner();
    return line.startsWith(sign) ? paint('cyan', sign) + line.slice(sign.length) : paint('dim', line);
  }

  function spinner(): string {
    return symbols.spinner[frame % symbols.spinner.length] ?? '';
  }

  /** The spinner turns while the live region has lines. Its timer does not keep the process running. */
  function tick(live: boolean): void {
    if (!live) {
      clearInterval(timer);
      timer = undefined;
    }
    if (!live || timer !== undefined) return;
    timer = setInterval(() => {
      frame += 1;
      redraw('');
    }, FRAME_MS);
    timer.unref();
  }

  function aside<T>(write: () => T): T {
    const clear = erase();
    if (clear !== '') output.write(clear + SHOW_CURSOR);
    clearInterval(timer);
    timer = undefined;
    return write();
  }

  function close(): void {
    rows.clear();
    aside(() => {});
  }

  return { event: show, print, error: (_, text) => print(text), summary: () => {}, aside, close };
}
