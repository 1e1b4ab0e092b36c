/** The schema of `provenance:` in bakery.yaml. */
import { section, text } from './leaves.ts';

export const provenanceSchema = section({
  key: text(
    'kms: and a key id, ARN or alias such as kms:alias/bakery, or file: and a path such as file:keys/provenance.pem',
    /^(?:kms:[A-Za-z0-9:/_-]{1,2048}|file:[^\0\r\n]*[^\0\r\n/])$/,
  ).describe(
    'The key that signs the provenance of images: a KMS key (ECC_NIST_P256, SIGN_VERIFY), or a private key in a PEM file that only you can read.',
  ),
  publicKey: text('the path of a public key such as keys/provenance.pub', /^[^\0\r\n]*[^\0\r\n/]$/)
    .optional()
    .describe(
      'The key that bake verify --provenance checks signatures with. Default: the public half of key.',
    ),
});
