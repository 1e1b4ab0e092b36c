/** Lists official and baked images by Region, with the channels that point at each. */
import { findAmis, type Ami } from '../aws/images.ts';
import { readPath } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import type { Engines } from '../engines/engine.ts';
import { compareText } from '../util/compare.ts';
import { isDeprecated, officialQuery } from '../os/official.ts';
import { verifyEntry } from '../pipeline/report.ts';
import type { ImageEntry } from '../entries/result.ts';
import type { Job } from '../pipeline/world.ts';
import { readVerifyNote, VERIFY_TAG } from '../image/verdict.ts';
import { parameterOf, parameterRoot, targetParameter } from '../publish/parameter.ts';
import { readPlace } from '../publish/place.ts';

/** One image in `bake images --json`; fields that the image does not have are null. */
export interface ListedImage extends Omit<ImageEntry, 'engine' | 'baseImageId' | 'fingerprint' | 'imageId'> {
  /** `own`: an image of this account that bake did not make, such as a base image that pcluster built. */
  kind: 'official' | 'baked' | 'own';
  imageId: string;
  engine: string | null;
  baseImageId: string | null;
  fingerprint: string | null;
  createdAt: string;
  /** The channels whose parameter holds this id, separated by commas; null: none. */
  channel: string | null;
  /** The image before it in its first channel, which bake rollback returns to. `channels` lists it for each channel. */
  previous: string | null;
  /** The same channels as a list, each with the image that bake rollback returns to. */
  channels: { channel: string; previous: string | null }[];
  /** available, deprecated, pending, … */
  state: string;
  /** ISO 8601; a date in the future means that it will be deprecated then. */
  deprecatedAt: string | null;
  /** Whether it is protected against deregistration. */
  protected: boolean;
}

/** A channel of a target in one Region. */
interface HoldingChannel {
  name: string;
  value: string;
  previous: string | null;
}

/** Newest first within each Region and target. */
export async function listAccountImages(
  aws: Session,
  jobs: readonly Job[],
  options: { officialOnly: boolean; engines: Engines },
): Promise<ListedImage[]> {
  const seen = new Map<string, ListedImage>();
  const channels = new Map<string, Promise<Map<string, string>>>();
  await Promise.all(
    jobs.flatMap((job) =>
      job.target.regions.map(async (region) => {
        const { os, arch, parallelcluster } = job.target;
        const of = { region, os: os.id, arch, parallelcluster };
        const now = aws.now();
        if (os.official) {
          for (const image of await findAmis(aws, region, officialQuery(job.target))) {
            seen.set(`${region} ${image.id}`, entry(image, of, 'official', [], now, options.engines));
          }
        }
        if (options.officialOnly) return;
        const baked = await findAmis(aws, region, {
          owners: ['self'],
          filters: {
            'tag:parallelcluster:os': [os.id],
            'tag:parallelcluster:version': [parallelcluster],
            architecture: [arch],
          },
        });
        const root = parameterRoot(job.publish.parameter);
        const reading = channels.get(`${region} ${root}`) ?? readPath(aws, region, root.slice(0, -1) || '/');
        channels.set(`${region} ${root}`, reading);
        const here = await findChannels(aws, region, job, await reading);
        for (const image of baked) {
          const kind = image.tags['bakery:fingerprint'] === undefined ? 'own' : 'baked';
          const holding = here.filter(({ value }) => value === image.id);
          seen.set(`${region} ${image.id}`, entry(image, of, kind, holding, now, options.engines));
        }
      }),
    ),
  );
  return [...seen.values()].sort(
    (a, b) =>
      compareText(a.region, b.region) ||
      compareText(a.os, b.os) ||
      compareText(a.arch, b.arch) ||
      compareText(b.createdAt, a.createdAt) ||
      compareText(a.imageId, b.imageId),
  );
}

/** Finds the channels of this target: every name in place of {channel} in an existing parameter. */
async function findChannels(
  aws: Session,
  region: string,
  job: Job,
  parameters: ReadonlyMap<string, string>,
): Promise<HoldingChannel[]> {
  const { parameter: template, share } = job.publish;
  const found = [...parameters].flatMap(([name, value]) => {
    const channel = parameterOf(template, name)?.channel;
    const isOurs = channel !== undefined && name === targetParameter(template, channel, job.target);
    return isOurs ? [{ name, value, channel }] : [];
  });
  const channels = found.map(async ({ name, value, channel }): Promise<HoldingChannel> => {
    const { before } = await readPlace(aws, { region, account: null }, name, share);
    return { name: channel, value, previous: before[0]?.value ?? null };
  });
  return (await Promise.all(channels)).sort((a, b) => compareText(a.name, b.name));
}

function entry(
  image: Ami,
  of: { region: string; os: string; arch: string; parallelcluster: string },
  kind: ListedImage['kind'],
  channels: readonly HoldingChannel[],
  now: Date,
  engines: Engines,
): ListedImage {
  return {
    ...of,
    kind,
    imageId: image.id,
    name: image.name,
    // Not every engine sets a tag of its own.
    engine: Object.values(engines).find((engine) => engine.made?.(image))?.id ?? null,
    outcome: 'unchanged',
    verify: verifyEntry(
      readVerifyNote(image.tags[VERIFY_TAG]) ?? { passed: 0, failed: 0, skipped: 0, reasons: [] },
    ),
    baseImageId: image.tags['parallelcluster:parent_image'] ?? null,
    fingerprint: image.tags['bakery:fingerprint'] ?? null,
    createdAt: image.createdAt,
    channel: channels.length === 0 ? null : channels.map(({ name }) => name).join(','),
    previous: channels[0]?.previous ?? null,
    channels: channels.map(({ name, previous }) => ({ channel: name, previous })),
    state: isDeprecated(image, now) ? 'deprecated' : image.state,
    deprecatedAt: image.deprecatedAt ?? null,
    protected: image.isProtected,
  };
}
