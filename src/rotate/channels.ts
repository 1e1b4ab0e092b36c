/** Owns what the channels hold now: for each family in each Region, the id that references follow. */
import { readParameters } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import type { ParameterEntry } from '../entries/result.ts';

import type { Target } from '../os/target.ts';
import { parameterName } from '../publish/parameter.ts';
import type { ImageFamily } from '../os/family.ts';

/** What the channel says for one family in one Region. */
export interface Channel {
  family: ImageFamily;
  region: string;
  parameter: string;
  /** null in a plan whose image is not baked yet. */
  value: string | null;
}

/** A target and the template of the parameters it is published to. */
export interface FollowedTarget {
  target: Pick<Target, 'os' | 'arch' | 'parallelcluster' | 'regions'>;
  publish: { parameter: string };
}

/**
 * The channel of every target in each of its Regions; those that hold nothing are left out.
 * @param published what this run has just put in: read back already, and in a plan not there yet
 */
export async function jobChannels(
  aws: Session,
  jobs: readonly FollowedTarget[],
  channel: string,
  published: readonly ParameterEntry[] = [],
): Promise<Channel[]> {
  const wanted = jobs.flatMap(({ target, publish }) =>
    target.regions.map((region) => {
      const family = { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster };
      return { family, region, template: publish.parameter };
    }),
  );
  return readChannels(aws, wanted, channel, published);
}

/** The same for families that are nobody's target any more. */
export async function readChannels(
  aws: Session,
  wanted: readonly { family: ImageFamily; region: string; template: string }[],
  channel: string,
  published: readonly ParameterEntry[] = [],
): Promise<Channel[]> {
  const mine = new Map<string, string | null>();
  for (const { account, region, name, value } of published) {
    if (account === undefined) mine.set(`${region} ${name}`, value);
  }
  const named = wanted.map(({ family, region, template }) => ({
    family,
    region,
    parameter: parameterName(template, { ...family, channel }),
  }));
  const channels: Channel[] = [];
  for (const region of new Set(named.map((entry) => entry.region))) {
    const here = named.filter((entry) => entry.region === region);
    const unknown = here.filter(({ parameter }) => !mine.has(`${region} ${parameter}`));
    const read = await readParameters(aws, region, [...new Set(unknown.map(({ parameter }) => parameter))]);
    for (const entry of here) {
      const value = mine.get(`${region} ${entry.parameter}`) ?? read.get(entry.parameter);
      if (value !== undefined) channels.push({ ...entry, value });
      else if (mine.has(`${region} ${entry.parameter}`)) channels.push({ ...entry, value: null });
    }
  }
  return channels;
}
