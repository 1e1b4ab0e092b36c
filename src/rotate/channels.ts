/** Reads the ids that references follow: for each family in each Region, the value of its channel. */
import type { Session } from '../aws/session.ts';
import type { ParameterEntry } from '../entries/result.ts';
import type { ImageFamily } from '../os/family.ts';
import type { Target } from '../os/target.ts';
import { readChannels } from '../publish/channels.ts';
import { parameterName } from '../publish/parameter.ts';

/** The value of a channel for one family in one Region. */
export interface FollowedChannel {
  family: ImageFamily;
  region: string;
  parameter: string;
  /** null in a plan whose image is not baked yet. */
  value: string | null;
}

/** A target, and the template for the names of its parameters. */
export interface FollowedTarget {
  target: Pick<Target, 'os' | 'arch' | 'parallelcluster' | 'regions'>;
  publish: { parameter: string };
}

/**
 * Reads the channel of every target in each of its Regions; channels without a value are left out.
 * @param published the values that this run publishes. They are not read: a run has read them back, and in a plan they
 *   do not exist yet.
 */
export async function readTargetChannels(
  aws: Session,
  jobs: readonly FollowedTarget[],
  channel: string,
  published: readonly ParameterEntry[] = [],
): Promise<FollowedChannel[]> {
  const wanted = jobs.flatMap(({ target, publish }) =>
    target.regions.map((region) => {
      const family = { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster };
      return { family, region, template: publish.parameter };
    }),
  );
  return readFamilyChannels(aws, wanted, channel, published);
}

/** Reads the channels of families that need not be targets. */
export async function readFamilyChannels(
  aws: Session,
  wanted: readonly { family: ImageFamily; region: string; template: string }[],
  channel: string,
  published: readonly ParameterEntry[] = [],
): Promise<FollowedChannel[]> {
  const own = new Map<string, string | null>();
  for (const { account, region, name, value } of published) {
    if (account === undefined) own.set(`${region} ${name}`, value);
  }
  const ownValue = ({ region, parameter }: { region: string; parameter: string }) =>
    own.get(`${region} ${parameter}`);
  const named = wanted.map(({ family, region, template }) => ({
    family,
    region,
    parameter: parameterName(template, { ...family, channel }),
  }));
  const read = await readChannels(
    aws,
    named.filter((one) => ownValue(one) === undefined),
  );
  const known = named.flatMap((one) => {
    const value = ownValue(one);
    return value === undefined ? [] : [{ ...one, value }];
  });
  return [...known, ...read.flatMap(({ value, ...one }) => (value === undefined ? [] : [{ ...one, value }]))];
}
