/** Carries out the writes of finish.ts one after the other, and reads each back if possible. */
import {
  addLaunchPermissions,
  addVolumePermissions,
  deprecateAmi,
  protectAmi,
  undeprecateAmi,
} from '../aws/image-attributes.ts';
import { findAmis, tagResources, untilAvailable } from '../aws/images.ts';
import { isAws, isTransient } from '../aws/errors.ts';
import {
  labelVersion,
  putAmiParameterOnce,
  readVersions,
  unlabelVersion,
  type ParameterHistoryEntry,
} from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import { READ_BACK_MS, until } from '../aws/until.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import type { Write } from './finish.ts';

/** The Region and account of the writes. */
export interface Destination {
  /** The session of the account of the place. */
  aws: Session;
  region: string;
  /** The parameter's name. */
  name: string;
  /** The AMI id that goes into it. */
  image: string;
  /** Whether the image belongs to another account, which shared it. */
  shared: boolean;
  emit: Emit;
  signal: AbortSignal;
}

/** @throws BakeError CHANNEL_MOVED, PUBLISH_NOT_TAKEN, PARAMETER_LABELLED; what AWS refuses */
export async function carryOut(to: Destination, writes: readonly Write[]): Promise<void> {
  for (const write of writes) {
    to.signal.throwIfAborted();
    await carryOutOne(to, write);
  }
}

async function carryOutOne(to: Destination, write: Write): Promise<void> {
  const { aws, region, image } = to;
  switch (write.do) {
    case 'tag':
      // An image that was just shared may not be visible there yet.
      if (to.shared) await untilAvailable(aws, region, image, to.signal);
      return tagResources(aws, region, write.ids, write.tags);
    case 'share':
      return addLaunchPermissions(aws, region, image, write.grantees);
    case 'shareSnapshot':
      return addVolumePermissions(aws, region, write.snapshot, write.accounts);
    case 'keep':
      return undeprecateAmi(aws, region, image);
    case 'protect':
      return protectAmi(aws, region, image);
    case 'put':
      return put(to, write);
    case 'deprecate':
      return deprecateAmi(aws, region, write.id, new Date(write.at));
  }
}

/**
 * SSM has no compare-and-set, but it numbers versions: a version after the one that the plan saw, with another value
 * than ours, is a foreign write. The caller holds the channel's lease, so no other bake writes meanwhile. Each try
 * reads the parameter first: a write whose answer was lost counts, and a foreign write in between is never overwritten.
 */
async function put(to: Destination, write: Extract<Write, { do: 'put' }>): Promise<void> {
  const { aws, region, name, image } = to;
  let failure = new Error('never tried');
  await until<true>({
    aws: to.aws,
    signal: to.signal,
    budgetMs: READ_BACK_MS,
    async look() {
      const versions = await readVersions(aws, region, name);
      refuseForeign(to, write, versions);
      const last = versions.at(-1);
      if (last?.value === image && last.version > write.version) return true;
      try {
        await putAmiParameterOnce(aws, region, name, image, write.note);
        return true;
      } catch (error) {
        failure = error as Error;
        if (isAws(error, 'ParameterMaxVersionLimitExceeded')) await makeRoom(to, versions);
        else if (!isTransient(error)) throw error;
        return undefined;
      }
    },
    late: () => failure,
  });
  await readBack(to, write);
}

async function readBack(to: Destination, write: Extract<Write, { do: 'put' }>): Promise<void> {
  let found = write.from ?? 'nothing';
  let reason = '';
  await until<true>({
    aws: to.aws,
    signal: to.signal,
    budgetMs: READ_BACK_MS,
    async look() {
      const versions = await readVersions(to.aws, to.region, to.name);
      refuseForeign(to, write, versions);
      const last = versions.at(-1);
      found = last?.value ?? 'nothing';
      if (found === to.image) return true;
      reason = await whyNot(to);
      return undefined;
    },
    late: () =>
      new BakeError('PUBLISH_NOT_TAKEN', {
        name: to.name,
        region: to.region,
        wanted: to.image,
        found,
        reason,
      }),
  });
}

/** SSM validates an AMI id after it has answered, and reports the result only to EventBridge (SSM API reference, PutParameter, DataType). */
async function whyNot({ aws, region, image }: Destination): Promise<string> {
  const [seen] = await findAmis(aws, region, { ids: [image] });
  if (!seen) return 'no such image is visible to this account';
  return seen.state === 'available' ? '' : `the image is ${seen.state}`;
}

function refuseForeign(
  { name, region, image }: Destination,
  { from, version }: Extract<Write, { do: 'put' }>,
  versions: readonly ParameterHistoryEntry[],
): void {
  const foreign = versions.find((one) => one.version > version && one.value !== image);
  if (!foreign) return;
  const { value: found, at } = foreign;
  throw new BakeError('CHANNEL_MOVED', { name, region, expected: from ?? 'nothing', found, at });
}

/**
 * SSM deletes the oldest of 100 versions for the next one, unless it has a label (SSM API reference, PutParameter,
 * ParameterMaxVersionLimitExceeded). Its labels move to another version with the same value, which changes nothing for
 * their users, or are removed if the image no longer exists, so that nobody can use them.
 */
async function makeRoom(
  { aws, region, name, emit }: Destination,
  versions: readonly ParameterHistoryEntry[],
): Promise<void> {
  const [oldest, ...others] = versions;
  if (!oldest) return;
  const { value, labels, version } = oldest;
  const twin = others.findLast((one) => one.value === value);
  const place = `${name} in ${region}`;
  if (twin) {
    await labelVersion(aws, region, name, { version: twin.version, labels });
    const text = `${place}: label ${labels.join(', ')} moved from version ${version} to ${twin.version}, the same image`;
    return emit({ type: 'warning', text });
  }
  const [image] = await findAmis(aws, region, { ids: [value] });
  if (image) throw new BakeError('PARAMETER_LABELLED', { name, region, version, labels, value });
  await unlabelVersion(aws, region, name, oldest);
  emit({
    type: 'warning',
    text: `${place}: label ${labels.join(', ')} taken off version ${version}: ${value} is gone`,
  });
}
