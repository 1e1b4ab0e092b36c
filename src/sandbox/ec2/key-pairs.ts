/** Handles CreateKeyPair, DescribeKeyPairs and DeleteKeyPair. */
import type { Call, Handlers } from '../call.ts';
import { newId } from '../ids.ts';
import { getRow, rowKey, listRows, putRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from './filters.ts';
import { makeKey, type KeyType } from './key-material.ts';
import type { KeyPairRow } from './rows.ts';
import { addTags, dropTags, specifiedTags, tagsOf, toTagList, type TagSpecification } from './tags.ts';

export const keyPairOperations: Handlers = {
  CreateKeyPair: createKeyPair,
  DeleteKeyPair: deleteKeyPair,
  DescribeKeyPairs: describeKeyPairs,
};

interface CreateInput {
  KeyName: string;
  KeyType?: KeyType;
  KeyFormat?: string;
  TagSpecifications?: TagSpecification[];
}

function createKeyPair(input: CreateInput, call: Call): object {
  checkName(call, input.KeyName);
  if ((input.KeyFormat ?? 'pem') !== 'pem') {
    throw new AwsError('UnsupportedOperation', 'The sandbox supports the key format pem only.');
  }
  const key = makeKey(input.KeyType ?? 'rsa');
  const row = save(call, input, { type: key.type, fingerprint: key.fingerprint, publicKey: key.publicKey });
  return { ...write(row, call), KeyMaterial: key.material };
}

function save(
  call: Call,
  input: { KeyName: string; TagSpecifications?: TagSpecification[] },
  key: Pick<KeyPairRow, 'type' | 'fingerprint' | 'publicKey'>,
): KeyPairRow {
  const tags = specifiedTags(input.TagSpecifications, 'key-pair');
  const { region } = call;
  const row = { region, name: input.KeyName, id: newId('key'), ...key, createdAt: call.now.toISOString() };
  putRow(call.state, 'keyPair', rowKey(region, row.name), row);
  addTags(call, row.id, tags);
  return row;
}

/** @throws AwsError InvalidKeyPair.Duplicate (EC2 API reference, "Error codes") */
function checkName(call: Call, name: string): void {
  if (name === '' || name.length > 255) {
    throw new AwsError('InvalidParameterValue', `Value (${name}) for parameter KeyName is invalid.`);
  }
  if (getRow(call.state, 'keyPair', rowKey(call.region, name))) {
    throw new AwsError('InvalidKeyPair.Duplicate', 'The keypair already exists');
  }
}

/** @throws AwsError InvalidKeyPair.NotFound */
export function findKeyPair(call: Pick<Call, 'state' | 'region'>, name: string): KeyPairRow {
  const row = getRow(call.state, 'keyPair', rowKey(call.region, name));
  if (!row) throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  return row;
}

const fields: Fields<KeyPairRow> = {
  fingerprint: (row) => [row.fingerprint],
  'key-name': (row) => [row.name],
  'key-pair-id': (row) => [row.id],
};

function describeKeyPairs(
  input: { KeyNames?: string[]; KeyPairIds?: string[]; Filters?: Filter[]; IncludePublicKey?: boolean },
  call: Call,
): object {
  const rows = listRows(call.state, 'keyPair', call.region);
  const named = (input.KeyNames ?? []).map((name) => findKeyPair(call, name));
  const numbered = (input.KeyPairIds ?? []).map((id) => byId(rows, id));
  const requested = named.length + numbered.length > 0 ? [...new Set([...named, ...numbered])] : rows;
  const passed = applyFilters(requested, input.Filters, fields, (row) => tagsOf(call, row.id));
  return {
    KeyPairs: passed.map((row) => ({
      ...write(row, call),
      KeyType: row.type,
      CreateTime: new Date(row.createdAt),
      PublicKey: input.IncludePublicKey === true ? `${row.publicKey} ${row.name}` : undefined,
    })),
  };
}

function byId(rows: readonly KeyPairRow[], id: string): KeyPairRow {
  const row = rows.find((one) => one.id === id);
  if (!row) throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`);
  return row;
}

/** Deleting a missing key pair succeeds (EC2 API reference, DeleteKeyPair). */
function deleteKeyPair(input: { KeyName?: string; KeyPairId?: string }, call: Call): object {
  if (input.KeyName === undefined && input.KeyPairId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter keyName or keyPairId');
  }
  const row = listRows(call.state, 'keyPair', call.region).find(
    (one) => one.name === input.KeyName || one.id === input.KeyPairId,
  );
  if (!row) return { Return: true };
  call.state.remove('keyPair', rowKey(call.region, row.name));
  dropTags(call, row.id);
  return { Return: true, KeyPairId: row.id };
}

function write(row: KeyPairRow, call: Call): object {
  return {
    KeyPairId: row.id,
    KeyName: row.name,
    KeyFingerprint: row.fingerprint,
    Tags: toTagList(tagsOf(call, row.id)),
  };
}
