/** The mark before the line of an event: ✓ done, • nothing to do or only a preview, ✗ failed, ! warning. */
import type { BakeEvent } from '../../events/events.ts';
import type { Paint, Symbols } from './text.ts';

/** The coloured mark; undefined for events without one. */
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
