/**
 * Builds the library part: the code that all scripts of a bake share (how a step or a row begins, ends and reports), as
 * files below /opt/bakery/lib. The image has it once, because an Image Builder recipe takes 20 components of 16,000
 * characters (docs/decisions/0008).
 */
import type { ImagePart } from './script.ts';

export const LIBRARY_STEP = 'library';

/** The first part of every image: each later script starts by sourcing one of the files and fails without it. */
export function libraryPart(): ImagePart {
  return {
    steps: [
      {
        id: LIBRARY_STEP,
        title: 'library: code shared by all steps and rows',
        needs: {},
        template: 'library',
        context: {},
      },
    ],
    rows: [
      {
        id: LIBRARY_STEP,
        title: 'the shared library is unchanged',
        because: 'every row reports through it',
        command: 'sha256sum /opt/bakery/lib/*.sh',
        expected: 'the digests of the files that this bake wrote',
        needs: { after: [LIBRARY_STEP] },
        template: 'library',
        context: {},
      },
    ],
  };
}
