/** Owns checking where an image comes from: signature, subject, and the files that the statement names. */
import type { KeyObject } from 'node:crypto';
import type { Ami } from '../aws/images.ts';
import { EVIDENCE, bakeIdOf, imageKey, type BakeId } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { sha256 } from '../util/sha256.ts';
import { isSignedBy, readEnvelope } from './dsse.ts';
import { isRecord } from '../util/is-record.ts';
import { PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE } from './statement.ts';

export interface ProvenanceCheck {
  /** Where the envelope is, or would be. */
  uri: string;
  /** Why it does not hold; empty: it holds. */
  problems: string[];
  /** What it says, where it is signed by the key. */
  run?: string | undefined;
  builder?: string | undefined;
  commit?: string | undefined;
  finishedOn?: string | undefined;
}

/**
 * Checks the provenance of an image. A copy in another Region is known by what it has in common with the image that
 * was signed for: fingerprint and run.
 * @throws BakeError STORE_MISSING, STORE_DENIED, AWS_…: the store cannot be asked
 */
export async function verifyProvenance(store: Store, image: Ami, key: KeyObject): Promise<ProvenanceCheck> {
  const of = bakeIdOf(image.tags);
  if (of === undefined) {
    return {
      uri: store.uri,
      problems: [`${image.id} has no tag bakery:fingerprint: it was not baked by bake`],
    };
  }
  const uri = store.uriOf(imageKey(of, 'provenance'));
  const bytes = await store.get(imageKey(of, 'provenance'));
  if (!bytes) return { uri, problems: [`${uri} is not there`] };
  const checked = checkEnvelope(bytes.toString('utf8'), key, image);
  const files = await checkFiles(store, of, checked.byproducts);
  const { problems, byproducts: _byproducts, ...said } = checked;
  return { uri, problems: [...problems, ...files], ...said };
}

interface Checked extends Omit<ProvenanceCheck, 'uri'> {
  /** Name → sha256. */
  byproducts: Map<string, string>;
}

/** Pure. Nothing of a payload is believed before its signature is found good. */
export function checkEnvelope(
  text: string,
  key: KeyObject,
  image: Pick<Ami, 'id' | 'region' | 'tags' | 'source'>,
): Checked {
  const wrong = (...problems: string[]): Checked => ({ problems, byproducts: new Map() });
  const envelope = readEnvelope(text);
  if (typeof envelope === 'string') return wrong(envelope);
  if (!isSignedBy(envelope, key)) return wrong('the signature is not of the key that is expected');
  if (envelope.payloadType !== PAYLOAD_TYPE)
    return wrong(`it is signed for something else: ${envelope.payloadType}`);
  const statement = parse(envelope.payload);
  if (
    !isRecord(statement) ||
    statement['_type'] !== STATEMENT_TYPE ||
    statement['predicateType'] !== PREDICATE_TYPE
  ) {
    return wrong('what is signed is no SLSA provenance v1');
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
    return [`the fingerprint of ${id} is ${fingerprint}, the statement is about ${found}`];
  }
  const here = `:ec2:${region}::image/`;
  const named = same.filter(({ name }) => name.includes(here));
  if (named.length > 0) {
    if (named.some(({ name }) => name.endsWith(`${here}${id}`))) return [];
    return [
      `the statement is about ${named.map(({ name }) => name.split('/').at(-1)).join(', ')}, not about ${id}: it was baked again since`,
    ];
  }
  // A copy: the statement was signed before it was made. EC2's own word on where it came from is better than a tag.
  if (
    source !== undefined &&
    !same.some(({ name }) => name.endsWith(`:ec2:${source.region}::image/${source.id}`))
  ) {
    return [`${id} was copied from ${source.id} in ${source.region}, which the statement is not about`];
  }
  if (run !== undefined && tags['bakery:run'] === run) return [];
  return [
    `${id} is of run ${tags['bakery:run'] ?? '(no tag bakery:run)'}, the statement of run ${run ?? '(none)'}`,
  ];
}

/** The files beside it must be those that were there when it was signed. */
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
    if (!bytes) problems.push(`${EVIDENCE[kind]} is not there`);
    else if (sha256(bytes) !== digest) problems.push(`${EVIDENCE[kind]} is not the file that was signed for`);
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
