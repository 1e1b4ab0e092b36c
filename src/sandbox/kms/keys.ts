/** Creates and describes KMS keys, and finds them by id, ARN or alias. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../call.ts';
import { sha256 } from '../../util/sha256.ts';
import { getRow, rowKey, putRow, type KeyRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { signingAlgorithms, type SigningSpec } from './material.ts';

type Place = Pick<Call, 'region' | 'account' | 'partition' | 'state' | 'now'>;

interface CreateInput {
  Description?: string;
  KeySpec?: string;
  CustomerMasterKeySpec?: string;
  KeyUsage?: string;
  Policy?: string;
  MultiRegion?: boolean;
  Origin?: string;
  Tags?: { TagKey: string; TagValue: string }[];
}

export function createKey(input: CreateInput, call: Call): object {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const usage = input.KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined);
  if (usage === undefined) {
    throw new AwsError('ValidationException', 'You must specify a KeyUsage value for an asymmetric KMS key.');
  }
  const isSymmetric = spec === 'SYMMETRIC_DEFAULT' && usage === 'ENCRYPT_DECRYPT';
  if (!isSymmetric && !(isSigningSpec(spec) && usage === 'SIGN_VERIFY')) {
    throw new AwsError(
      isSigningSpec(spec) || spec === 'SYMMETRIC_DEFAULT'
        ? 'ValidationException'
        : 'UnsupportedOperationException',
      `KeyUsage ${usage} is not compatible with KeySpec ${spec}, or the sandbox has no such keys.`,
    );
  }
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS') {
    throw new AwsError('UnsupportedOperationException', 'The sandbox makes key material itself.');
  }
  const id = input.MultiRegion ? `mrk-${randomUUID().replaceAll('-', '')}` : randomUUID();
  const key = makeKeyRow(call, { id, spec, usage, description: input.Description ?? '' });
  const tags = Object.fromEntries((input.Tags ?? []).map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  if (isSigningSpec(spec)) call.keys.make(id, spec);
  putRow(call.state, 'key', rowKey(call.region, id), { ...key, policy: input.Policy, tags });
  return { KeyMetadata: metadata(key, call) };
}

export function isSigningSpec(spec: string): spec is SigningSpec {
  return Object.hasOwn(signingAlgorithms, spec);
}

/** Makes the row of a key; the caller stores it. */
export function makeKeyRow(
  place: Omit<Place, 'state'>,
  { id, spec, usage, description }: { id: string; spec: string; usage: string; description: string },
): KeyRow {
  return {
    region: place.region,
    id,
    arn: `arn:${place.partition}:kms:${place.region}:${place.account}:key/${id}`,
    spec,
    usage,
    description,
    createdAt: place.now.toISOString(),
    tags: {},
  };
}

/**
 * Finds the key of an id, a key ARN, `alias/NAME` or an alias ARN. The AWS managed keys `alias/aws/…` always exist.
 * @throws AwsError NotFoundException
 */
export function findKey(place: Place, named: string): KeyRow {
  const arn = /^arn:[^:]+:kms:([^:]*):([^:]*):((?:key|alias)\/.+)$/.exec(named);
  if (arn && (arn[1] !== place.region || arn[2] !== place.account)) {
    throw new AwsError('NotFoundException', `Invalid arn ${arn[1]}`);
  }
  const name = arn?.[3]?.replace(/^key\//, '') ?? named;
  if (name.startsWith('alias/aws/')) return managedKey(place, name);
  const id = name.startsWith('alias/')
    ? getRow(place.state, 'alias', rowKey(place.region, name))?.keyId
    : name;
  const key = id === undefined ? undefined : getRow(place.state, 'key', rowKey(place.region, id));
  if (key) return key;
  const home = `arn:${place.partition}:kms:${place.region}:${place.account}`;
  throw new AwsError(
    'NotFoundException',
    name.startsWith('alias/')
      ? `Alias ${home}:${name} is not found.`
      : `Key '${home}:key/${name}' does not exist`,
  );
}

/** The AWS managed key of an alias such as `alias/aws/ebs`; every account has them. */
export function managedKey(place: Omit<Place, 'state'>, alias: string): KeyRow {
  const digest = sha256(`${place.region} ${alias}`);
  const id = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const service = alias.slice('alias/aws/'.length);
  const made = makeKeyRow(place, {
    id,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    description: `Default key that protects my ${service} data when no other key is defined`,
  });
  return { ...made, managed: true };
}

export function describeKey(input: { KeyId: string }, call: Call): object {
  return { KeyMetadata: metadata(findKey(call, input.KeyId), call) };
}

function metadata(key: KeyRow, { account }: Pick<Call, 'account'>): object {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: true,
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: key.managed ? 'AWS' : 'CUSTOMER',
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    EncryptionAlgorithms: key.usage === 'ENCRYPT_DECRYPT' ? ['SYMMETRIC_DEFAULT'] : undefined,
    SigningAlgorithms: isSigningSpec(key.spec) ? signingAlgorithms[key.spec] : undefined,
    MultiRegion: key.id.startsWith('mrk-'),
  };
}
