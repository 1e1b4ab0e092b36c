/** Verifies the provenance of an image: the signature, the subject, and the files that the statement names. */
import type { KeyObject } from 'node:crypto';
import type { Ami } from '../aws/images.ts';
import { EVIDENCE, bakeIdOf, imageKey, type BakeId } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { sha256 } from '../util/sha256.ts';
import { isSignedBy, readEnvelope } from './dsse.ts';
import { isRecord } from '../util/is-record.ts';
import { PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE } from './statement.ts';

export interface ProvenanceCheck {
  /** Where the envelope is stored, or would be. */
  uri: string;
  /** Why the provenance is not valid; empty if it is valid. */
  problems: string[];
  /** The following fields are set only if the key signed the statement. */
  run?: string | undefined;
  builder?: string | undefined;
  commit?: string | undefined;
  finishedOn?: string | undefined;
}

/**
 * Verifies the provenance of an image. A copy in another Region has the fingerprint and the run of the image that was
 * signed.
 * @throws BakeError STORE_MISSING, STORE_DENIED, AWS_…: the store cannot be read
 */
export async function verifyProvenance(store: Store, image: Ami, key: KeyObject): Promise<ProvenanceCheck> {
  const of = bakeIdOf(image.tags);
  if (of === undefined) {
    return {
      uri: store.uri,
      problems: [`${image.id} has no tag bakery:fingerprint, so bake did not make it`],
    };
  }
  const uri = store.uriOf(imageKey(of, 'provenance'));
  const bytes = await store.get(imageKey(of, 'provenance'));
  if (!bytes) return { uri, problems: [`${uri} does not exist`] };
  const checked = checkEnvelope(bytes.toString('utf8'), key, image);
  const files = await checkFiles(store, of, checked.byproducts);
  const { problems, byproducts: _byproducts, ...claims } = checked;
  return { uri, problems: [...problems, ...files], ...claims };
}

interface Checked extends Omit<ProvenanceCheck, 'uri'> {
  /** Name → sha256. */
  byproducts: Map<string, string>;
}

/** Pure. It reads the payload only after the signature has been verified. */
export function checkEnvelope(
  text: string,
  key: KeyObject,
  image: Pick<Ami, 'id' | 'region' | 'tags' | 'source'>,
): Checked {
  const wrong = (...problems: string[]): Checked => ({ problems, byproducts: new Map() });
  const envelope = readEnvelope(text);
  if (typeof envelope === 'string') return wrong(envelope);
  if (!isSignedBy(envelope, key)) return wrong('the signature does not match the expected key');
  if (envelope.payloadType !== PAYLOAD_TYPE)
    return wrong(`its payload type is ${envelope.payloadType}, expected ${PAYLOAD_TYPE}`);
  const statement = parse(envelope.payload);
  if (
    !isRecord(statement) ||
    statement['_type'] !== STATEMENT_TYPE ||
    statement['predicateType'] !== PREDICATE_TYPE
  ) {
    return wrong('the signed statement is not SLSA provenance v1');
  }
  const run = textAt(statement, 'predicate', 'runDetails', 'metadata', 'invocationId');
  return {
    problems: subjectProblems(statement, run, image),
    run,
    builder: textAt(statement, 'predicate', 'runDetails', 'builder', 'id'),
    finishedOn: textAt(statement, 'predicate', 'runDetails', 'metadata', 'finishedOn'),
    commit: listAt(statement, 'predicate', 'buildDefinition', 'resolvedDependencies')
      .map((one) => textAt(one, 'digest', 'gitCommit'))
      .find((commit) => commit !== undefined),
    byproducts: new Map(
      listAt(statement, 'predicate', 'runDetails', 'byproducts').map((one) => [
        textAt(one, 'name') ?? '',
        textAt(one, 'digest', 'sha256') ?? '',
      ]),
    ),
  };
}

function subjectProblems(
  statement: unknown,
  run: string | undefined,
  { id, region, tags, source }: Pick<Ami, 'id' | 'region' | 'tags' | 'source'>,
): string[] {
  const fingerprint = tags['bakery:fingerprint'] ?? '';
  const subjects = listAt(statement, 'subject').map((one) => ({
    name: textAt(one, 'name') ?? '',
    digest: `sha256:${textAt(one, 'digest', 'sha256') ?? ''}`,
  }));
  const same = subjects.filter(({ digest }) => digest === fingerprint);
  if (same.length === 0) {
    const found = subjects.map(({ digest }) => digest).join(', ') || 'none';
    return [`the fingerprint of ${id} is ${fingerprint}, but the statement is about ${found}`];
  }
  const here = `:ec2:${region}::image/`;
  const named = same.filter(({ name }) => name.includes(here));
  if (named.length > 0) {
    if (named.some(({ name }) => name.endsWith(`${here}${id}`))) return [];
    return [
      `the statement is about ${named.map(({ name }) => name.split('/').at(-1)).join(', ')}, not about ${id}: the image was baked again after the statement was signed`,
    ];
  }
  // A copy, made after the statement was signed. EC2's record of its source is more reliable than a tag.
  if (
    source !== undefined &&
    !same.some(({ name }) => name.endsWith(`:ec2:${source.region}::image/${source.id}`))
  ) {
    return [
      `${id} was copied from ${source.id} in ${source.region}, but the statement is about another image`,
    ];
  }
  if (run !== undefined && tags['bakery:run'] === run) return [];
  return [
    `${id} belongs to run ${tags['bakery:run'] ?? '(no tag bakery:run)'}, but the statement to run ${run ?? '(none)'}`,
  ];
}

/** The stored files must be the ones that the statement was signed with. */
async function checkFiles(
  store: Store,
  of: BakeId,
  byproducts: ReadonlyMap<string, string>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const kind of ['sbom', 'verify'] as const) {
    const digest = byproducts.get(EVIDENCE[kind]);
    if (digest === undefined) continue;
    const bytes = await store.get(imageKey(of, kind));
    if (!bytes) problems.push(`${EVIDENCE[kind]} does not exist`);
    else if (sha256(bytes) !== digest) problems.push(`${EVIDENCE[kind]} changed after it was signed`);
  }
  return problems;
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const part of path) found = isRecord(found) && Object.hasOwn(found, part) ? found[part] : undefined;
  return found;
}

function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
}

function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}
