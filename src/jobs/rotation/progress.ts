/** Owns progress outside of a run's stages: told once it takes long enough to wonder. */
import type { Emit } from '../../events/events.ts';
import type { Progress } from '../../rotate/pool.ts';

const PATIENCE_MS = 1000;

export function slowProgress(emit: Emit, stage: string, text: string): Progress {
  const since = performance.now();
  return (done, total) => {
    if (performance.now() - since > PATIENCE_MS) emit({ type: 'stageProgress', stage, text, done, total });
  };
}
