/**
 * Builds the provenance statement of an image: an in-toto Statement v1 (in-toto/attestation:spec/v1/statement.md) with
 * a SLSA Provenance v1 predicate (slsa.dev/spec/v1.1/provenance).
 */
import type { Build } from '../engines/engine.ts';
import { sha256 } from '../util/sha256.ts';
import type { GitCheckout } from './git.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1';
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Identifies the format of externalParameters and internalParameters that this file writes. */
const BUILD_TYPE = 'urn:ami-bakery:bake:v1';

/** in-toto/attestation:spec/v1/resource_descriptor.md: at least one of uri and digest is required. */
interface Resource {
  name?: string;
  uri?: string;
  digest?: Record<string, string>;
  mediaType?: string;
  annotations?: Record<string, string>;
}

export interface StatementInputs {
  build: Build & { engine: string };
  regions: readonly string[];
  /** The image in the first Region. */
  imageId: string;
  partition: string;
  /** Digests of the files that the steps contain: `ca …`, `asset …`, `script …` → sha256. */
  carried: Readonly<Record<string, string>>;
  source: GitCheckout | undefined;
  run: string;
  /** ISO 8601. */
  startedOn: string | undefined;
  finishedOn: string;
  /** Who ran it: a URI. */
  builderId: string;
  /** Program → version. */
  versions: Readonly<Record<string, string>>;
  /** Related files in the store, such as the SBOM. */
  byproducts: readonly { name: string; uri: string; mediaType: string; content: string }[];
}

/** Pure: the same inputs give the same bytes. */
export function provenanceStatement(inputs: StatementInputs): string {
  const { build, partition } = inputs;
  const amiUri = (region: string, id: string): string => `arn:${partition}:ec2:${region}::image/${id}`;
  const subject: Resource[] = [
    {
      name: amiUri(build.region, inputs.imageId),
      // The bytes of an AMI cannot be hashed from outside, so the digest is the fingerprint (tag bakery:fingerprint): a
      // hash of everything that decides the bytes. Copies in other Regions have the same fingerprint.
      digest: { sha256: build.fingerprint.replace(/^sha256:/, '') },
      annotations: { amiName: build.name, digestOf: 'bakery:fingerprint' },
    },
  ];
  const statement = {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          os: build.os,
          arch: build.arch,
          parallelcluster: build.parallelcluster,
          regions: inputs.regions,
          engine: build.engine,
          recipe: build.recipe,
        },
        internalParameters: {
          fingerprint: build.fingerprint,
          instanceType: build.builder.instanceType,
          volumeSize: build.builder.volumeSize,
          kmsKey: build.builder.kmsKey,
          steps: build.steps.map(({ id, script }) => ({ id, sha256: sha256(script) })),
          checks: build.rows.map(({ id, script }) => ({ id, sha256: sha256(script) })),
        },
        resolvedDependencies: [
          {
            name: 'base image',
            uri: amiUri(build.region, build.base.id),
            annotations: { description: build.base.description },
          },
          ...Object.entries(inputs.carried).map(([name, value]) => carried(name, value)),
          ...(inputs.source ? [checkoutResource(inputs.source)] : []),
        ],
      },
      runDetails: {
        builder: { id: inputs.builderId, version: inputs.versions },
        metadata: { invocationId: inputs.run, startedOn: inputs.startedOn, finishedOn: inputs.finishedOn },
        byproducts: inputs.byproducts.map(({ name, uri, mediaType, content }): Resource => {
          return { name, uri, mediaType, digest: { sha256: sha256(content) } };
        }),
      },
    },
  };
  return JSON.stringify(statement);
}

function carried(name: string, value: string): Resource {
  return /^[0-9a-f]{64}$/.test(value) ? { name, digest: { sha256: value } } : { name, uri: value };
}

/** in-toto/attestation:spec/v1/digest_set.md: gitCommit. */
function checkoutResource({ commit, remote }: GitCheckout): Resource {
  return {
    name: 'checkout',
    ...(remote === undefined ? {} : { uri: `git+${remote}` }),
    digest: { gitCommit: commit },
  };
}
