/** Creates and lists KMS aliases. */
import type { Call } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { listRows, type AliasRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findKey } from './keys.ts';

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
