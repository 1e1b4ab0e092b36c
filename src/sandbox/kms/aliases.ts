/** Creates and lists KMS aliases. */
import type { Call } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { getRow, keyOf, listRows, putRow, type AliasRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findKey } from './keys.ts';

export function createAlias(input: { AliasName: string; TargetKeyId: string }, call: Call): object {
  const { AliasName: name } = input;
  if (!name.startsWith('alias/') || name === 'alias/') {
    throw new AwsError('InvalidAliasNameException', "Alias must start with the prefix 'alias/'.");
  }
  if (name.startsWith('alias/aws/')) throw new AwsError('NotAuthorizedException', '');
  if (input.TargetKeyId.includes('alias/')) {
    throw new AwsError('ValidationException', 'Aliases must refer to keys. Not aliases');
  }
  const key = findKey(call, input.TargetKeyId);
  if (getRow(call.state, 'alias', keyOf(call.region, name))) {
    throw new AwsError(
      'AlreadyExistsException',
      `An alias with the name ${arnOf(name, call)} already exists`,
    );
  }
  putRow(call.state, 'alias', keyOf(call.region, name), {
    region: call.region,
    name,
    keyId: key.id,
    createdAt: call.now.toISOString(),
  });
  return {};
}

export function listAliases(input: { KeyId?: string; Limit?: number; Marker?: string }, call: Call): object {
  const of = input.KeyId === undefined ? undefined : findKey(call, input.KeyId).id;
  const rows = listRows(call.state, 'alias', call.region)
    .filter(({ keyId }) => of === undefined || keyId === of)
    .sort(byKey(nameOf));
  const page = pageOf(rows, nameOf, {
    token: input.Marker,
    size: input.Limit ?? 50,
    bad: () => new AwsError('InvalidMarkerException', 'Could not deserialize marker'),
  });
  return {
    Aliases: page.items.map(({ name, keyId, createdAt }) => ({
      AliasName: name,
      AliasArn: arnOf(name, call),
      TargetKeyId: keyId,
      CreationDate: new Date(createdAt),
      LastUpdatedDate: new Date(createdAt),
    })),
    NextMarker: page.token,
    Truncated: page.token !== undefined,
  };
}

function nameOf({ name }: AliasRow): string {
  return name;
}

function arnOf(name: string, { partition, region, account }: Call): string {
  return `arn:${partition}:kms:${region}:${account}:${name}`;
}
