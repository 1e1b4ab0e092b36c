/** Creates and lists KMS grants, which let other principals use a key. */
import { randomBytes } from 'node:crypto';
import type { Call } from '../call.ts';
import { rowKey, listRows, putRow, type GrantRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findKey } from './keys.ts';

interface CreateInput {
  KeyId: string;
  GranteePrincipal?: string;
  RetiringPrincipal?: string;
  Operations: string[];
  Constraints?: object;
  Name?: string;
  DryRun?: boolean;
}

/** The IAM and STS principals that a grant may name (KMS API reference, CreateGrant). */
const PRINCIPAL =
  /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.+)$/;

/** The same name with the same parameters returns the existing grant (KMS API reference, CreateGrant, Name). */
export function createGrant(input: CreateInput, call: Call): object {
  const key = findKey(call, input.KeyId);
  if (input.GranteePrincipal === undefined) {
    throw new AwsError('ValidationException', 'A GranteePrincipal is required.');
  }
  for (const principal of [input.GranteePrincipal, input.RetiringPrincipal ?? input.GranteePrincipal]) {
    if (!PRINCIPAL.test(principal))
      throw new AwsError('InvalidArnException', 'ARN does not refer to a valid principal');
  }
  if (key.managed) throw new AwsError('AccessDeniedException', 'AWS managed keys take no grants from users.');
  if (input.DryRun) throw new AwsError('DryRunOperationException', 'The request would have succeeded.');
  const made: GrantRow = {
    region: call.region,
    keyId: key.id,
    id: randomBytes(32).toString('hex'),
    name: input.Name,
    grantee: input.GranteePrincipal,
    retiring: input.RetiringPrincipal,
    operations: [...input.Operations].sort(),
    constraints: input.Constraints,
    createdAt: call.now.toISOString(),
  };
  const same = grantsOf(call, key.id).find(
    (row) => made.name !== undefined && grantRequestOf(row) === grantRequestOf(made),
  );
  const grant = same ?? made;
  if (!same) putRow(call.state, 'grant', rowKey(call.region, key.id, made.id), made);
  return { GrantId: grant.id, GrantToken: Buffer.from(`sandbox ${grant.id}`).toString('base64') };
}

function grantRequestOf({ name, grantee, retiring, operations, constraints }: GrantRow): string {
  return JSON.stringify([name, grantee, retiring, operations, constraints]);
}

function grantsOf(call: Call, keyId: string): GrantRow[] {
  return listRows(call.state, 'grant', call.region, keyId);
}
