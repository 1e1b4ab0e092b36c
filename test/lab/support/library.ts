/** Rehearses some of an image's scripts: runs the shared library first and leaves its result out. */
import type { RehearsalRequest, RehearsalResult } from '../../../src/engines/rehearsal/contract.ts';
import { rehearse } from '../../../src/engines/rehearsal/rehearse.ts';
import { libraryPart } from '../../../src/image/library.ts';
import { renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';

const library = libraryPart().steps.map((draft) => ({
  name: `library step ${draft.id}`,
  text: renderStep(draft, packagedTemplates()).script,
}));

export async function rehearseSome(request: RehearsalRequest): Promise<RehearsalResult[]> {
  const { results } = await rehearse({ ...request, scripts: [...library, ...request.scripts] });
  return results.slice(library.length);
}
