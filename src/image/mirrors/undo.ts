/** Renders the undo script: it restores the recorded original files and removes what the mirrors part added. */
import type { Templates } from '../../text/templates.ts';
import type { ImageInputs } from '../inputs.ts';

/**
 * The script, for root on a machine to which the mirrors part was applied; undefined if the recipe has no mirrors step.
 * It does not depend on the inputs: the machine has a record of the files that existed before and of those that did
 * not.
 * @throws BakeError TEMPLATE_VALUE
 */
export function undoScript(inputs: ImageInputs, templates: Templates): string | undefined {
  const used = inputs.recipe.some((step) => 'use' in step && step.use === 'mirrors');
  if (!used || !inputs.mirrors) return undefined;
  return `#!/bin/bash\n${templates.render('steps/mirrors-undo.sh', { id: 'mirrors-undo' })}`;
}
