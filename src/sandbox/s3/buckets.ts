/** Creates, finds, lists and deletes S3 buckets. */
import type { Call } from '../call.ts';
import { pageOf } from '../paging.ts';
import { getRow, putRow, type ObjectRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { bucketKey, findBucketRow, listBuckets } from './rows.ts';

/** S3 user guide, "General purpose bucket naming rules". */
const NAME =
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3)$)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const FIRST_REGION = 'us-east-1';

interface CreateInput {
  Bucket: string;
  CreateBucketConfiguration?: { LocationConstraint?: string };
}

/** Creating one's own bucket again succeeds in us-east-1 and fails elsewhere (S3 API reference, CreateBucket). */
export function createBucket(input: CreateInput, call: Call): object {
  const { Bucket: name } = input;
  if (!NAME.test(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  const constraint = input.CreateBucketConfiguration?.LocationConstraint ?? FIRST_REGION;
  if (constraint !== call.region) {
    throw new AwsError(
      'IllegalLocationConstraintException',
      `The ${constraint === FIRST_REGION ? 'unspecified' : constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  const known = getRow(call.state, 'bucket', bucketKey(name));
  if (known && !(known.region === FIRST_REGION && call.region === FIRST_REGION)) {
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  }
  if (!known) {
    putRow(call.state, 'bucket', bucketKey(name), {
      name,
      region: call.region,
      createdAt: call.now.toISOString(),
    });
  }
  return { Location: `/${name}` };
}

export function deleteBucket(input: { Bucket: string }, call: Call): object {
  findBucketRow(call, input);
  if ((call.state.list('object', `${input.Bucket} `) as ObjectRow[]).length > 0) {
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
  }
  call.state.remove('bucket', bucketKey(input.Bucket));
  return {};
}

export function headBucket(input: { Bucket: string }, call: Call): object {
  const { region } = findBucketRow(call, input);
  return { BucketRegion: region, AccessPointAlias: false };
}

interface ListInput {
  MaxBuckets?: number;
  ContinuationToken?: string;
  Prefix?: string;
  BucketRegion?: string;
}

export function listOwnBuckets(input: ListInput, call: Call): object {
  const rows = listBuckets(call)
    .filter(({ name }) => name.startsWith(input.Prefix ?? ''))
    .filter(({ region }) => input.BucketRegion === undefined || region === input.BucketRegion);
  const page = pageOf(rows, ({ name }) => name, {
    token: input.ContinuationToken,
    size: input.MaxBuckets ?? 10_000,
    bad: () => new AwsError('InvalidArgument', 'The continuation token provided is incorrect'),
  });
  return {
    Buckets: page.items.map(({ name, region, createdAt }) => ({
      Name: name,
      CreationDate: new Date(createdAt),
      BucketRegion: region,
    })),
    Owner: { ID: OWNER },
    ContinuationToken: page.token,
    Prefix: input.Prefix,
  };
}

/** Canonical user id of the account. */
export const OWNER = '5a4d80b0'.repeat(8);
