/** Owns `provenance:` of bakery.yaml. */
import { section, text } from './leaves.ts';

export const provenanceSchema = section({
  key: text(
    'kms: and a key id, ARN or alias such as kms:alias/bakery, or file: and a path such as file:keys/provenance.pem',
    /^(?:kms:[A-Za-z0-9:/_-]{1,2048}|file:[^\0\r\n]*[^\0\r\n/])$/,
  ).describe(
    'What signs where an image comes from: a KMS key (ECC_NIST_P256, SIGN_VERIFY), or a private key in PEM that nobody else can read.',
  ),
  publicKey: text('the path of a public key such as keys/provenance.pub', /^[^\0\r\n]*[^\0\r\n/]$/)
    .optional()
    .describe('What bake verify --provenance checks with. Default: the public half of key.'),
});
