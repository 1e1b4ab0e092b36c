/** Finds and deletes what a build leaves behind besides images; it is no error if a resource no longer exists. */
import {
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  TerminateInstancesCommand,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type Tag,
} from '@aws-sdk/client-ec2';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';
import { until } from './until.ts';

/** An EC2 resource with its tags. */
export interface TaggedResource {
  id: string;
  name: string;
  /** ISO 8601; '' if EC2 does not tell. */
  createdAt: string;
  tags: Record<string, string>;
}

export interface FoundInstance extends TaggedResource {
  state: string;
  /** Id → name. */
  groups: Record<string, string>;
}

type Filters = Readonly<Record<string, readonly string[]>>;

function filtersOf(filters: Filters): { Filters: { Name: string; Values: string[] }[] } {
  return { Filters: Object.entries(filters).map(([Name, Values]) => ({ Name, Values: [...Values] })) };
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** Instances that are not terminated yet. */
export async function findLiveInstances(
  aws: Session,
  region: string,
  filters: Filters,
): Promise<FoundInstance[]> {
  const found: FoundInstance[] = [];
  const alive = { 'instance-state-name': ['pending', 'running', 'stopping', 'stopped', 'shutting-down'] };
  for await (const page of paginateDescribeInstances(
    { client: aws.ec2(region) },
    filtersOf({ ...filters, ...alive }),
  )) {
    for (const one of (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? [])) {
      const tags = tagsOf(one.Tags);
      found.push({
        id: one.InstanceId ?? '',
        name: tags['Name'] ?? '',
        createdAt: one.LaunchTime?.toISOString() ?? '',
        tags,
        state: one.State?.Name ?? '',
        groups: Object.fromEntries(
          (one.SecurityGroups ?? []).map(({ GroupId, GroupName }) => [GroupId ?? '', GroupName ?? '']),
        ),
      });
    }
  }
  return found;
}

/** Volumes that are not attached to an instance. */
export async function findLooseVolumes(
  aws: Session,
  region: string,
  filters: Filters,
): Promise<TaggedResource[]> {
  const found: TaggedResource[] = [];
  const wanted = filtersOf({ ...filters, status: ['available', 'error'] });
  for await (const page of paginateDescribeVolumes({ client: aws.ec2(region) }, wanted)) {
    for (const one of page.Volumes ?? []) {
      const tags = tagsOf(one.Tags);
      const createdAt = one.CreateTime?.toISOString() ?? '';
      found.push({ id: one.VolumeId ?? '', name: tags['Name'] ?? '', createdAt, tags });
    }
  }
  return found;
}

export async function findSnapshots(
  aws: Session,
  region: string,
  filters: Filters,
): Promise<TaggedResource[]> {
  const found: TaggedResource[] = [];
  const wanted = { OwnerIds: ['self'], ...filtersOf(filters) };
  for await (const page of paginateDescribeSnapshots({ client: aws.ec2(region) }, wanted)) {
    for (const one of page.Snapshots ?? []) {
      const createdAt = one.StartTime?.toISOString() ?? '';
      found.push({
        id: one.SnapshotId ?? '',
        name: one.Description ?? '',
        createdAt,
        tags: tagsOf(one.Tags),
      });
    }
  }
  return found;
}

/** DescribeKeyPairs has no pages (EC2 API reference). */
export async function findKeyPairs(
  aws: Session,
  region: string,
  filters: Filters,
): Promise<TaggedResource[]> {
  const answer = await aws.ec2(region).send(new DescribeKeyPairsCommand(filtersOf(filters)));
  return (answer.KeyPairs ?? []).map((one) => ({
    id: one.KeyPairId ?? '',
    name: one.KeyName ?? '',
    createdAt: one.CreateTime?.toISOString() ?? '',
    tags: tagsOf(one.Tags),
  }));
}

export async function findSecurityGroups(
  aws: Session,
  region: string,
  filters: Filters,
): Promise<TaggedResource[]> {
  const found: TaggedResource[] = [];
  for await (const page of paginateDescribeSecurityGroups({ client: aws.ec2(region) }, filtersOf(filters))) {
    for (const one of page.SecurityGroups ?? []) {
      found.push({ id: one.GroupId ?? '', name: one.GroupName ?? '', createdAt: '', tags: tagsOf(one.Tags) });
    }
  }
  return found;
}

// ── removing ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** How long a termination may take; until then the instance keeps its security group and volume. */
const TERMINATE_MS = 10 * 60_000;
/** How long EC2 may report a volume or group as in use after its instance has ended. */
const RELEASE_MS = 2 * 60_000;

/** Terminates the instance and waits until it is terminated. */
export async function terminateInstance(
  aws: Session,
  region: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const ec2 = aws.ec2(region);
  if (
    await ignoreMissing(
      () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
      'InvalidInstanceID.NotFound',
    )
  )
    return;
  await until<true>({
    aws,
    signal,
    budgetMs: TERMINATE_MS,
    async look() {
      let state = 'terminated';
      await ignoreMissing(async () => {
        const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
        state = answer.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? 'terminated';
      }, 'InvalidInstanceID.NotFound');
      return state === 'terminated' ? true : undefined;
    },
    late: () => new Error(`${id} is still being terminated`),
  });
}

export async function deleteLeftVolume(
  aws: Session,
  region: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await retryWhileInUse(aws, signal, ['VolumeInUse', 'IncorrectState'], () =>
    ignoreMissing(
      () => aws.ec2(region).send(new DeleteVolumeCommand({ VolumeId: id })),
      'InvalidVolume.NotFound',
    ),
  );
}

export async function deleteLeftSnapshot(aws: Session, region: string, id: string): Promise<void> {
  await ignoreMissing(
    () => aws.ec2(region).send(new DeleteSnapshotCommand({ SnapshotId: id })),
    'InvalidSnapshot.NotFound',
  );
}

export async function deleteLeftKeyPair(aws: Session, region: string, name: string): Promise<void> {
  await ignoreMissing(
    () => aws.ec2(region).send(new DeleteKeyPairCommand({ KeyName: name })),
    'InvalidKeyPair.NotFound',
  );
}

export async function deleteLeftSecurityGroup(
  aws: Session,
  region: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await retryWhileInUse(aws, signal, ['DependencyViolation', 'InvalidGroup.InUse'], () =>
    ignoreMissing(
      () => aws.ec2(region).send(new DeleteSecurityGroupCommand({ GroupId: id })),
      'InvalidGroup.NotFound',
    ),
  );
}

/** Does the work. @returns true if the resource did not exist */
async function ignoreMissing(work: () => Promise<unknown>, name: string): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (isAws(error, name)) return true;
    throw error;
  }
}

/** Retries while EC2 reports that the resource is still in use. */
async function retryWhileInUse(
  aws: Session,
  signal: AbortSignal,
  busy: string[],
  work: () => Promise<unknown>,
): Promise<void> {
  let last: unknown;
  await until<true>({
    aws,
    signal,
    budgetMs: RELEASE_MS,
    async look() {
      try {
        await work();
        return true;
      } catch (error) {
        if (!isAws(error, ...busy)) throw error;
        last = error;
        return undefined;
      }
    },
    late: () => last as Error,
  });
}
