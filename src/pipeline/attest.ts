/** Writes the signed provenance of an image that passed verification, next to its package list. */
import path from 'node:path';
import type { Ami } from '../aws/images.ts';
import { envelopeText, keyIdOf, preAuthEncoding } from '../provenance/dsse.ts';
import type { GitCheckout } from '../provenance/git.ts';
import type { Signer } from '../provenance/signer.ts';
import { PAYLOAD_TYPE, provenanceStatement } from '../provenance/statement.ts';
import { EVIDENCE, imageKey } from '../store/keys.ts';
import { bakeId, keep, TYPES } from './evidence.ts';
import { readJournal } from '../run/journal.ts';
import type { RenderedBuild } from './stages/render.ts';
import type { Job, World } from './world.ts';

/** The signer and the facts that all images of a run share. */
export interface Attestor {
  signer: Signer;
  source: GitCheckout | undefined;
  /** The URI of the builder. */
  builderId: string;
  /** Program → version. */
  versions: Readonly<Record<string, string>>;
}

/** The facts of a job for the provenance of its image. */
export interface ImageOrigin {
  regions: readonly string[];
  carried: Readonly<Record<string, string>>;
}

export function imageOriginOf({ target, carried }: Job): ImageOrigin {
  return { regions: target.regions, carried };
}

/**
 * Writes the provenance, if it is configured.
 * @param evidence the files as they were written; their digests are signed
 * @throws BakeError as keep, and AWS_… if KMS does not sign, because an unsigned image is not published
 */
export async function attest(
  world: World,
  of: {
    origin: ImageOrigin;
    build: RenderedBuild;
    image: Ami;
    evidence: { sbom: string | undefined; verify: string };
  },
): Promise<void> {
  const { attestor, journal, store } = world;
  if (!attestor) return;
  const { origin, build, image, evidence } = of;
  const { signer, source, builderId, versions } = attestor;
  const [begin] = readJournal(path.join(journal.folder, 'journal.jsonl'));
  const byproduct = (kind: 'sbom' | 'verify', content: string) => ({
    name: EVIDENCE[kind],
    uri: store.uriOf(imageKey(bakeId(build, image), kind)),
    mediaType: TYPES[kind],
    content,
  });
  const statement = provenanceStatement({
    build,
    regions: origin.regions,
    imageId: image.id,
    partition: world.partition,
    carried: origin.carried,
    source,
    // The run that baked the image, even if this run adopted it.
    run: image.tags['bakery:run'] ?? journal.run,
    startedOn: begin?.at,
    finishedOn: world.aws.now().toISOString(),
    builderId,
    versions,
    byproducts: [
      ...(evidence.sbom === undefined ? [] : [byproduct('sbom', evidence.sbom)]),
      byproduct('verify', evidence.verify),
    ],
  });
  const payload = Buffer.from(statement);
  const sig = await signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload));
  const signatures = [{ keyid: keyIdOf(signer.publicKey), sig }];
  const text = envelopeText({ payloadType: PAYLOAD_TYPE, payload, signatures });
  await keep(world, build, image, 'provenance', text);
}
