/** Gathers the facts for a rotation: the channels first, then the files, then the old and the new images. */
import type { Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import type { BakeError } from '../errors/bake-error.ts';
import type { ParameterEntry } from '../entries/result.ts';
import {
  readFamilyChannels,
  readTargetChannels,
  type FollowedChannel,
  type FollowedTarget,
} from './channels.ts';
import { currentKey, decide, type ImageFamily, type RotationPlan } from './decide.ts';
import { factsOf, findFamilies, findImages, oldIds } from './families.ts';
import type { FileFindings } from './format.ts';
import type { ImageFacts } from './obstacles.ts';
import { findAll, type BatchProgress } from './pool.ts';
import type { Candidate } from './walk.ts';

/** The settings of a rotation, from bakery.yaml and the command line. */
export interface RotateSettings {
  /** The folder of bakery.yaml, absolute. Plans name files relative to it. */
  folder: string;
  /** Absolute. */
  files: readonly Candidate[];
  channel: string;
  root: 'leave' | 'rotate';
  /** Whether to write Image.CustomAmi into queues that inherit the root's image. */
  insertOverrides: boolean;
  /** Whether to move ids in files that no format reads. */
  literal: boolean;
  /** Whether to follow all families, and not only those of the named targets. */
  whole: boolean;
  /** The family of each old id. */
  families: ReadonlyMap<string, ImageFamily>;
}

export interface GatherRequest {
  aws: Session;
  account: string;
  jobs: readonly FollowedTarget[];
  settings: RotateSettings;
  /** The channel entries and images that this run has published, or in a plan will publish. */
  published: readonly ParameterEntry[];
  publishedImages: readonly Ami[];
  /** Whether to read files whose ids are all current, too. */
  whole?: boolean | undefined;
  progress: BatchProgress;
  signal: AbortSignal;
}

/** Plain data. `planRotation` decides from it alone. */
export interface RotationFacts {
  settings: Pick<RotateSettings, 'folder' | 'root' | 'insertOverrides' | 'whole' | 'channel'>;
  found: FileFindings[];
  families: [string, ImageFamily][];
  images: [string, ImageFacts][];
  channels: FollowedChannel[];
  defaultRegion: string;
  /** The files that could not be read. */
  errors: BakeError[];
}

export async function gatherRotation(request: GatherRequest): Promise<RotationFacts> {
  const { aws, account, jobs, settings, published, signal } = request;
  const defaultRegion = jobs[0]?.target.regions[0] ?? 'us-east-1';
  const template = jobs[0]?.publish.parameter ?? '';
  const channels = await readTargetChannels(aws, jobs, settings.channel, published);
  const settled = new Set(request.whole ? [] : channels.flatMap(({ value }) => value ?? []));
  const { found, errors } = await findAll(
    settings.files,
    { settled, literal: settings.literal, openings: settings.insertOverrides },
    request.progress,
    signal,
  );
  const regions = [...new Set(jobs.flatMap(({ target }) => target.regions))];
  const asked = { found, channels, configured: settings.families, defaultRegion };
  const { families, images } = await findFamilies({ ...asked, aws, account, template, regions });
  const used = usesOf(asked, families);
  if (settings.whole) {
    const known = new Set(channels.map(({ family, region }) => currentKey(family, region)));
    const more = used.filter(({ key }) => !known.has(key));
    channels.push(
      ...(await readFamilyChannels(
        aws,
        more.map((one) => ({ ...one, template })),
        settings.channel,
      )),
    );
  }
  for (const image of request.publishedImages) images.set(image.id, factsOf(image));
  for (const [id, image] of await findImages(aws, targetsOf(used, channels, images), []))
    images.set(id, image);
  return {
    settings,
    found,
    families: [...families],
    images: [...images],
    channels,
    defaultRegion,
    errors,
  };
}

/** Plans the rotation from the facts alone. Pure. */
export function planRotation({
  settings,
  found,
  families,
  images,
  channels,
  defaultRegion,
  errors,
}: RotationFacts): RotationPlan {
  const plan = decide({
    found,
    families: new Map(families),
    images: new Map(images),
    current: new Map(channels.map(({ family, region, value }) => [currentKey(family, region), value])),
    root: settings.root,
    insertOverrides: settings.insertOverrides,
    whole: settings.whole,
    source: `channel ${settings.channel}`,
    defaultRegion,
  });
  return { ...plan, errors: [...errors, ...plan.errors] };
}

interface Used {
  key: string;
  family: ImageFamily;
  region: string;
}

/** The families in use where an id may move, each once in a Region. */
function usesOf(asked: Parameters<typeof oldIds>[0], families: ReadonlyMap<string, ImageFamily>): Used[] {
  const used = new Map<string, Used>();
  for (const [region, ids] of oldIds(asked)) {
    for (const id of ids) {
      const family = families.get(id);
      if (!family || family.official) continue;
      const key = currentKey(family, region);
      used.set(key, { key, family, region });
    }
  }
  return [...used.values()];
}

/** The new ids of each Region whose facts are not known yet. */
function targetsOf(
  used: readonly Used[],
  channels: readonly FollowedChannel[],
  images: ReadonlyMap<string, ImageFacts>,
): Map<string, Set<string>> {
  const values = new Map(channels.map(({ family, region, value }) => [currentKey(family, region), value]));
  const wanted = new Map<string, Set<string>>();
  for (const { key, region } of used) {
    const id = values.get(key) ?? undefined;
    if (id === undefined || images.has(id)) continue;
    wanted.set(region, (wanted.get(region) ?? new Set()).add(id));
  }
  return wanted;
}
