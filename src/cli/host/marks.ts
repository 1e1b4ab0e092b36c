/** Owns the mark before an event's line: ✓ done, • nothing to do or only foretold, ✗ failed, ! warning. */
import type { BakeEvent } from '../../events/events.ts';
import type { Paint, Symbols } from './text.ts';

/** The coloured mark, or undefined for events that have none. */
export function finishedMark(event: BakeEvent, paint: Paint, symbols: Symbols): string | undefined {
  switch (event.type) {
    case 'stageFinished':
      return event.outcome === 'done' ? paint('green', symbols.ok) : paint('cyan', symbols.none);
    case 'stageFailed':
      return paint('red', symbols.failed);
    case 'warning':
      return paint('yellow', symbols.warning);
    case 'stageProgress':
      return ' ';
    default:
      return undefined;
  }
}
