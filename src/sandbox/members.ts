/**
 * The other accounts of the sandbox's organization. Their roles trust the main account. A caller that assumes one has
 * that account's own parameters and tags, and sees the images shared with it; no other operation is available.
 */
import type { RowChange, Row } from './store/store.ts';
import type { Transaction } from './store/transaction.ts';
import type { ImageRow } from './tables.ts';
import { AwsError } from './wire/aws-error.ts';

export const MEMBERS: ReadonlySet<string> = new Set(['222233334444', '333344445555']);

const MEMBER_OPERATIONS =
  /^(ssm:\w+|sts:GetCallerIdentity|ec2:(CreateTags|DeleteTags|DescribeImages|DescribeRegions))$/;

/** An access key that contains its account, as AWS's keys do. */
export function accessKeyOf(account: string, random: string): string {
  return `ASIA${account}${random}`;
}

/** The member account of an access key; undefined for the main account. */
export function memberOf(accessKey: string): string | undefined {
  const account = /^ASIA(\d{12})/.exec(accessKey)?.[1] ?? '';
  return MEMBERS.has(account) ? account : undefined;
}

/** @throws AwsError UnauthorizedOperation for an operation that member accounts do not have */
export function checkMemberOperation(account: string, service: string, operation: string): void {
  if (MEMBER_OPERATIONS.test(`${service}:${operation}`)) return;
  const message = `The sandbox's account ${account} has parameters and tags only: it does not serve ${service}:${operation}.`;
  throw new AwsError('UnauthorizedOperation', message, 403);
}

/** The state that a member account sees: its own rows, stored under its number, and the images that it may launch. */
export function memberView(base: Transaction, account: string): Transaction {
  const own = (key: string): string => `${account}/${key}`;
  const shared = (row: Row | undefined): Row | undefined =>
    row && isSharedWith(row as ImageRow, account) ? row : undefined;
  return {
    get: (table, key) => (table === 'image' ? shared(base.get(table, key)) : base.get(table, own(key))),
    list: (table, prefix = '') =>
      table === 'image'
        ? base.list(table, prefix).filter((row) => shared(row) !== undefined)
        : base.list(table, own(prefix)),
    put: (table, key, row) => base.put(table, own(key), row),
    remove: (table, key) => base.remove(table, own(key)),
    changes: (): RowChange[] => base.changes(),
  };
}

/** Members belong to the organization and to each of its units. */
function isSharedWith({ permissions, public: isPublic }: ImageRow, account: string): boolean {
  return (
    isPublic ||
    permissions.some(
      (one) =>
        one.UserId === account ||
        one.OrganizationArn !== undefined ||
        one.OrganizationalUnitArn !== undefined,
    )
  );
}
