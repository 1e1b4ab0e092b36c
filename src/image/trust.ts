/** Owns the trust part: the corporate CAs in the OS store, checked file by file and in the extracted bundle. */
import { sha256 } from '../util/sha256.ts';
import type { ImageInputs } from './inputs.ts';
import { slug, type Part } from './script.ts';

export function trustPart({ os, certificates }: ImageInputs): Part {
  if (certificates.length === 0) return { steps: [], rows: [] };
  const { anchors, extension, program, bundle } = os.trust;
  const files = certificates.map((certificate) => ({
    ...certificate,
    file: `${anchors}/${slug(certificate.name)}${extension}`,
    sha256: sha256(certificate.pem),
  }));
  const extracted = ['trust-extract'];
  return {
    steps: [
      {
        id: 'trust-anchors',
        title: `trust: ${files.length} corporate CA${files.length === 1 ? '' : 's'} into ${anchors}`,
        needs: {},
        template: 'trust-anchors',
        context: { certificates: files },
      },
      {
        id: 'trust-extract',
        title: `trust: ${program} rebuilds the OS store`,
        needs: { family: [program], after: ['trust-anchors'] },
        template: 'trust-extract',
        context: { program },
      },
    ],
    rows: [
      {
        id: 'trust-anchors',
        title: 'every CA file is among the trust anchors',
        because: 'what is not there is not extracted',
        needs: { after: ['trust-anchors'] },
        template: 'files',
        context: {
          files: files.map(({ file, sha256: digest }) => ({ path: file, mode: '644', sha256: digest })),
        },
      },
      {
        id: 'trust-bundle',
        title: 'every CA is in the bundle that clients read, by fingerprint',
        because: 'TLS through the inspecting firewall fails without it',
        needs: { programs: ['awk', 'grep'], after: extracted },
        template: 'trust-bundle',
        context: { bundle, certificates: files },
      },
      {
        id: 'trust-openssl',
        title: 'OpenSSL accepts every CA',
        because: 'a certificate in the bundle that OpenSSL refuses helps nobody',
        needs: { programs: ['openssl'], after: extracted },
        template: 'trust-openssl',
        context: { bundle, files: files.map(({ file }) => ({ path: file })) },
      },
      {
        id: 'trust-public-roots',
        title: 'no public root was lost',
        because: 'AWS endpoints are not behind the inspecting firewall',
        needs: { programs: ['grep'], after: extracted },
        template: 'trust-public-roots',
        context: { bundle, own: files.length },
      },
      {
        id: 'trust-no-private-key',
        title: 'no private key lies in the trust store',
        because: 'its files can be read by everybody',
        needs: { programs: ['grep'], after: ['trust-anchors'] },
        template: 'trust-no-private-key',
        context: { anchors, bundle },
      },
    ],
  };
}
