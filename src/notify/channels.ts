/** Reads the age of the images in the channels of a run. */
import { findAmis } from '../aws/images.ts';
import { readParameters } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import type { Job } from '../pipeline/world.ts';
import { parameterName } from '../publish/parameter.ts';
import type { ChannelAge } from './notices.ts';

/** Makes two calls per Region. */
export async function readChannelAges(aws: Session, jobs: readonly Job[]): Promise<ChannelAge[]> {
  const regions = [...new Set(jobs.flatMap(({ target }) => target.regions))];
  const found = await Promise.all(
    regions.map(async (region) => {
      const names = jobs.filter(({ target }) => target.regions.includes(region)).map(parameterOf);
      const values = await readParameters(aws, region, names);
      const ids = [...new Set(values.values())];
      const images = new Map(
        (ids.length === 0 ? [] : await findAmis(aws, region, { ids })).map((image) => [image.id, image]),
      );
      return names.map((name): ChannelAge => {
        const image = images.get(values.get(name) ?? '');
        return { region, name, image: image ? { id: image.id, createdAt: image.createdAt } : null };
      });
    }),
  );
  return found.flat();
}

function parameterOf({ target, publish }: Job): string {
  const { os, arch, parallelcluster } = target;
  return parameterName(publish.parameter, { channel: publish.channel, os: os.id, arch, parallelcluster });
}
