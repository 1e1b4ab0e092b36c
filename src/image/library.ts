/**
 * Owns what every script of a bake shares, as files below /opt/bakery/lib: how a step and a check begin, end and report.
 * In the image once, because an Image Builder recipe takes 20 components of 16,000 characters (docs/decisions/0008).
 */
import type { Part } from './script.ts';

export const LIBRARY_STEP = 'library';

/** First in every image: each later script begins by reading one of the files, and fails without it. */
export function libraryPart(): Part {
  return {
    steps: [
      {
        id: LIBRARY_STEP,
        title: 'what all steps and checks share',
        needs: {},
        template: 'library',
        context: {},
      },
    ],
    rows: [
      {
        id: LIBRARY_STEP,
        title: 'what all checks share is whole',
        because: 'every check reports through it',
        command: 'sha256sum /opt/bakery/lib/*.sh',
        expected: 'the files this bake wrote',
        needs: { after: [LIBRARY_STEP] },
        template: 'library',
        context: {},
      },
    ],
  };
}
