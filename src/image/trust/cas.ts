/** Builds the part that stores the CAs in the library folder, once, for the preflight step and the trust anchors. */
import { count } from '../../util/count.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ImageInputs } from '../inputs.ts';
import type { ImagePart } from '../script.ts';
import { trustPlan } from './plan.ts';

const FOLDER = '/opt/bakery/lib/cas';
/** Characters per file: its base64 and the rest of the step fit into an Image Builder component. */
const MOST = 9000;

/**
 * Writes `# NAME (SUBJECT)` and the PEM block of each certificate, in as few files as possible. Readers of a bundle
 * ignore text between blocks (RFC 7468, 5.2).
 */
export function casPart(inputs: ImageInputs): ImagePart {
  if (inputs.certificates.length === 0) return { steps: [], rows: [] };
  const texts = trustPlan(inputs).files.map(({ file, subject, pem }) => `# ${file} (${subject})\n${pem}`);
  const chunks: string[] = [];
  for (const text of texts) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + text.length <= MOST) chunks[chunks.length - 1] = last + text;
    else chunks.push(text);
  }
  const ids = chunks.map((_, index) => `trust-cas${index === 0 ? '' : `-${index + 1}`}`);
  const cas = count(texts.length, 'corporate CA');
  return {
    steps: chunks.map((text, index) => ({
      id: ids[index] ?? '',
      title: `trust: ${cas}, for later steps`,
      needs: {},
      template: 'trust-cas',
      context: { folder: FOLDER, file: `${FOLDER}/${index + 1}`, first: index === 0, text },
    })),
    rows: [
      {
        id: 'trust-cas',
        title: `the image has the ${cas} of this bake, unchanged`,
        because: 'the whole cluster would trust a CA that was changed on the way',
        command: `sha256sum ${FOLDER}/*`,
        expected: 'the digests of the CA files',
        needs: { after: ids },
        template: 'files',
        context: {
          files: chunks.map((text, index) => ({
            path: `${FOLDER}/${index + 1}`,
            mode: '644',
            sha256: sha256(text),
          })),
        },
      },
    ],
  };
}
