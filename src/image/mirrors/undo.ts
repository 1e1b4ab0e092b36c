/** Owns the way back: a script that puts the recorded originals in place and removes what the mirrors part added. */
import type { Templates } from '../../text/templates.ts';
import type { ImageInputs } from '../inputs.ts';

/**
 * The script, to be run as root on a machine that the mirrors part was applied to; undefined where the recipe has none.
 * It knows nothing of the inputs: what was there before, and what was not, is recorded on the machine.
 * @throws BakeError TEMPLATE_VALUE
 */
export function undoScript(inputs: ImageInputs, templates: Templates): string | undefined {
  const used = inputs.recipe.some((step) => 'use' in step && step.use === 'mirrors');
  if (!used || !inputs.mirrors) return undefined;
  return `#!/bin/bash\n${templates.render('steps/mirrors-undo.sh', { id: 'mirrors-undo' })}`;
}
