/** Owns the rotate stage: AMI references in cluster configs follow the channel. */
import path from 'node:path';
import { findAmis } from '../../aws/images.ts';
import { readHistory, readParameters } from '../../aws/parameters.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { parameterName } from '../../publish/parameter.ts';
import { applyEdits } from '../../rotate/apply.ts';
import { currentKey, decide, type Family, type RotationPlan } from '../../rotate/decide.ts';
import { findReferences } from '../../rotate/find.ts';
import type { Found } from '../../rotate/format.ts';
import { count } from '../../util/count.ts';
import { readInput } from '../../util/files.ts';
import type { ParameterEntry } from '../result.ts';
import type { Stage } from '../stage.ts';
import type { Job, PublishSettings, RotateSettings, Rotated, TargetResults, World } from '../world.ts';

/** What the channel says for one family in one Region. */
interface Channel {
  family: Family;
  region: string;
  parameter: string;
  /** null in a plan whose image is not baked yet. */
  value: string | null;
}

interface Facts {
  settings: RotateSettings;
  found: Found[];
  /** Old id → the family it belongs to. */
  families: [string, Family][];
  channels: Channel[];
  defaultRegion: string;
  errors: BakeError[];
}

type Plan = RotationPlan;

export const rotate: Stage<World, readonly Job[], readonly TargetResults[], Facts, Plan, Rotated> = {
  name: 'rotate',
  scope: 'run',

  async gather(world, jobs, results) {
    const settings = world.rotate;
    const { found, errors } = await readConfigs(settings);
    const channels = await readChannels(world, jobs, results, settings.channel);
    const defaultRegion = jobs[0]?.target.regions[0] ?? 'us-east-1';
    const families = await findFamilies(world, found, channels, defaultRegion);
    return { settings, found, families, channels, defaultRegion, errors };
  },

  plan: planRotation,
  writes: (plan) => plan.edits.length > 0,
  foresee: ({ rotated, unresolved, errors }) => ({ rotated, unresolved, errors }),

  async apply(_world, plan) {
    plan.errors.push(...(await applyEdits(plan.edits)).errors);
  },

  // applyEdits has read each file back before it replaced it; what it refused is among the errors.
  async check(_world, plan) {
    const failed = new Set(plan.errors.map((error) => error.place.file));
    return {
      rotated: plan.rotated.filter((entry) => !failed.has(entry.file)),
      unresolved: plan.unresolved,
      errors: plan.errors,
    };
  },

  say({ rotated, unresolved }) {
    const files = new Set(rotated.map((entry) => entry.file)).size;
    const moved =
      rotated.length === 0
        ? 'nothing to move'
        : `${count(rotated.length, 'reference')} in ${count(files, 'file')}`;
    return unresolved.length === 0 ? moved : `${moved} · ${unresolved.length} left as they are`;
  },
};

function planRotation({ settings, found, families, channels, defaultRegion, errors }: Facts): Plan {
  const plan = decide({
    found,
    families: new Map(families),
    current: new Map(channels.map(({ family, region, value }) => [currentKey(family, region), value])),
    root: settings.root,
    defaultRegion,
  });
  return { ...plan, errors: [...errors, ...plan.errors] };
}

async function readConfigs(settings: RotateSettings): Promise<{ found: Found[]; errors: BakeError[] }> {
  const found: Found[] = [];
  const errors: BakeError[] = [];
  for (const name of settings.files) {
    const file = path.resolve(settings.folder, name);
    try {
      found.push(findReferences(file, await readInput(file)));
    } catch (error) {
      errors.push(
        new BakeError(
          'FILE_UNREADABLE',
          { path: name, reason: (error as Error).message },
          { place: { file } },
        ),
      );
    }
  }
  return { found, errors };
}

/** The value each family moves to: what this run published, where rotation follows the same channel. */
async function readChannels(
  world: World,
  jobs: readonly Job[],
  results: readonly TargetResults[],
  channel: string,
): Promise<Channel[]> {
  const published = new Map<string, ParameterEntry>();
  for (const entry of results.flatMap((result) => result.publish.parameters)) {
    if (entry.account === undefined) published.set(`${entry.region} ${entry.name}`, entry);
  }
  const wanted = jobs.flatMap((job) =>
    job.target.regions.map((region) => ({
      region,
      family: familyOf(job),
      parameter: parameterOf(job.publish, familyOf(job), channel),
    })),
  );
  const channels: Channel[] = [];
  for (const region of new Set(wanted.map((entry) => entry.region))) {
    const here = wanted.filter((entry) => entry.region === region);
    const unknown = here.filter((entry) => !published.has(`${region} ${entry.parameter}`));
    const read = await readParameters(
      world.aws,
      region,
      unknown.map((entry) => entry.parameter),
    );
    for (const entry of here) {
      const mine = published.get(`${region} ${entry.parameter}`);
      if (mine) channels.push({ ...entry, value: mine.value });
      else if (read.has(entry.parameter))
        channels.push({ ...entry, value: read.get(entry.parameter) ?? null });
    }
  }
  return channels;
}

/** Old id → family: by the image's own tags, and for images long gone by the history of the channels' parameters. */
async function findFamilies(
  world: World,
  found: readonly Found[],
  channels: readonly Channel[],
  defaultRegion: string,
): Promise<[string, Family][]> {
  const families = new Map<string, Family>();
  const current = new Set(channels.map((channel) => channel.value));
  const wanted = new Map<string, Set<string>>();
  for (const { references, cluster } of found) {
    for (const { id } of references) {
      if (current.has(id)) continue;
      const region = cluster.region ?? defaultRegion;
      wanted.set(region, (wanted.get(region) ?? new Set()).add(id));
    }
  }
  for (const channel of channels) if (channel.value !== null) families.set(channel.value, channel.family);
  for (const [region, ids] of wanted) {
    for (const image of await findAmis(world.aws, region, { ids: [...ids] })) {
      const os = image.tags['parallelcluster:os'];
      const parallelcluster = image.tags['parallelcluster:version'];
      const official = image.ownerId !== world.account && image.name.startsWith('aws-parallelcluster-');
      if (!official && (os === undefined || parallelcluster === undefined)) continue;
      families.set(image.id, {
        os: os ?? '',
        arch: image.architecture,
        parallelcluster: parallelcluster ?? '',
        region,
        official,
      });
      ids.delete(image.id);
    }
    if (ids.size === 0) continue;
    for (const channel of channels.filter((entry) => entry.region === region)) {
      for (const id of await readHistory(world.aws, region, channel.parameter)) {
        if (ids.has(id)) families.set(id, channel.family);
      }
    }
  }
  return [...families];
}

function familyOf(job: Job): Family {
  const { os, arch, parallelcluster } = job.target;
  return { os: os.id, arch, parallelcluster };
}

function parameterOf(publish: PublishSettings, family: Family, channel: string): string {
  return parameterName(publish.parameter, { channel, ...family });
}
