/** Reads the current values of channels, and the images that they name. */
import { findAmis, type Ami } from '../aws/images.ts';
import { readParameters } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';

/** The parameter of a channel in one Region. */
export interface ChannelParameter {
  region: string;
  parameter: string;
}

/** Reads the parameters of all Regions at the same time. @returns the value of each; undefined: it does not exist */
export async function readChannels<P extends ChannelParameter>(
  aws: Session,
  wanted: readonly P[],
): Promise<(P & { value: string | undefined })[]> {
  const regions = [...new Set(wanted.map(({ region }) => region))];
  const values = new Map(
    await Promise.all(
      regions.map(async (region): Promise<[string, Map<string, string>]> => {
        const here = wanted.filter((one) => one.region === region);
        const names = [...new Set(here.map(({ parameter }) => parameter))];
        return [region, await readParameters(aws, region, names)];
      }),
    ),
  );
  return wanted.map((one) => ({ ...one, value: values.get(one.region)?.get(one.parameter) }));
}

/** Reads the image in each channel, too: two calls per Region. @returns no image where none exists any more */
export async function readChannelImages<P extends ChannelParameter>(
  aws: Session,
  wanted: readonly P[],
): Promise<(P & { value: string | undefined; image: Ami | undefined })[]> {
  const channels = await readChannels(aws, wanted);
  const regions = [...new Set(channels.map(({ region }) => region))];
  const images = new Map<string, Ami>();
  await Promise.all(
    regions.map(async (region) => {
      const here = channels.filter((one) => one.region === region);
      const ids = [...new Set(here.flatMap(({ value }) => value ?? []))];
      if (ids.length === 0) return;
      for (const image of await findAmis(aws, region, { ids })) images.set(`${region} ${image.id}`, image);
    }),
  );
  return channels.map((one) => ({ ...one, image: images.get(`${one.region} ${one.value}`) }));
}
