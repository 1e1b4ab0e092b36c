/** Reads the age of the images in the channels of a run. */
import type { Session } from '../aws/session.ts';
import type { Job } from '../pipeline/world.ts';
import { readChannelImages } from '../publish/channels.ts';
import { targetParameter } from '../publish/parameter.ts';
import type { ChannelAge } from './notices.ts';

export async function readChannelAges(aws: Session, jobs: readonly Job[]): Promise<ChannelAge[]> {
  const wanted = jobs.flatMap(({ target, publish }) =>
    target.regions.map((region) => ({
      region,
      parameter: targetParameter(publish.parameter, publish.channel, target),
    })),
  );
  const channels = await readChannelImages(aws, wanted);
  return channels.map(({ region, parameter, image }) => ({
    region,
    name: parameter,
    image: image ? { id: image.id, createdAt: image.createdAt } : null,
  }));
}
