/**
 * Owns the other accounts of the sandbox's organization: roles there trust this one, and whoever takes one on has
 * parameters and tags of its own, and sees the images that are shared with it. They do nothing else.
 */
import type { Change, Row } from './store/store.ts';
import type { Transaction } from './store/transaction.ts';
import type { ImageRow } from './tables.ts';
import { AwsError } from './wire/aws-error.ts';

export const MEMBERS: ReadonlySet<string> = new Set(['222233334444', '333344445555']);

const ABLE = /^(ssm:\w+|sts:GetCallerIdentity|ec2:(CreateTags|DeleteTags|DescribeImages|DescribeRegions))$/;

/** An access key that tells whose it is, as AWS's own do. */
export function accessKeyOf(account: string, random: string): string {
  return `ASIA${account}${random}`;
}

/** The member that an access key belongs to; undefined: the sandbox's own account. */
export function memberOf(accessKey: string): string | undefined {
  const account = /^ASIA(\d{12})/.exec(accessKey)?.[1] ?? '';
  return MEMBERS.has(account) ? account : undefined;
}

/** @throws AwsError UnauthorizedOperation for what a member cannot do here */
export function checkAble(account: string, service: string, operation: string): void {
  if (ABLE.test(`${service}:${operation}`)) return;
  const message = `The sandbox's account ${account} has parameters and tags only: ${service}:${operation} is not served.`;
  throw new AwsError('UnauthorizedOperation', message, 403);
}

/** The state as a member sees it: rows of its own under its number, and images that it may launch. */
export function viewOf(base: Transaction, account: string): Transaction {
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
    changes: (): Change[] => base.changes(),
  };
}

/** Members are in the organization, and in each of its units. */
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
