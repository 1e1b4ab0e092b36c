/** Reports the progress of work outside stages, once it has taken a second. */
import type { Emit } from '../../events/events.ts';
import type { BatchProgress } from '../../rotate/pool.ts';

const PATIENCE_MS = 1000;

export function slowProgress(emit: Emit, stage: string, text: string): BatchProgress {
  const since = performance.now();
  return (done, total) => {
    if (performance.now() - since > PATIENCE_MS) emit({ type: 'stageProgress', stage, text, done, total });
  };
}
