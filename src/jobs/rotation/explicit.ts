/**
 * Rotates references as the command line says: --map, or --to with --family. It needs neither AWS nor bakery.yaml, and
 * loads their modules only if they are available.
 */
import path from 'node:path';
import type { Located } from '../../config/load.ts';
import type { Bakery } from '../../config/schema.ts';
import { periodOf } from '../../pipeline/fingerprint.ts';
import { currentKey, decide, rotationWrites, type RotationInput } from '../../rotate/decide.ts';
import { refuseOthers } from '../../run/run-stage.ts';
import type { PlannedWrite } from '../../run/writes.ts';
import { familiesOf, familyText, type ImageFamily } from '../../os/family.ts';
import { commentFamilies } from '../../rotate/comment-families.ts';
import type { FileFindings } from '../../rotate/format.ts';
import { chained, readMaps } from '../../rotate/maps.ts';
import { applyAll, findAll } from '../../rotate/pool.ts';
import { walk, type Candidate } from '../../rotate/walk.ts';
import type { Invocation } from '../invocation.ts';
import { isDefaultConfig } from '../places.ts';
import { readOptionalBakery } from './bakery.ts';
import { askAws, isAwsAtHand } from './facts.ts';
import { slowProgress } from './progress.ts';
import { relativeTo, type Rotation } from './rotation.ts';
import { rotateUsage as usage, type NewIdSource } from './source.ts';

type Explicit = Exclude<NewIdSource, { kind: 'channel' }>;

/** The input of the decision: the command line and the files. */
interface Given {
  source: Explicit;
  moves: ReadonlyMap<string, string>;
  found: FileFindings[];
  bakery: Located<Bakery> | undefined;
  defaultRegion: string;
}

/** @throws BakeError, BakeErrors: USAGE, ROTATE_MAP, FILE_…, CONFIG_… */
export async function rotateExplicitly(
  invocation: Invocation,
  source: Explicit,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<Rotation> {
  const { options, args, cwd, env, host, signal } = invocation;
  const moves = source.kind === 'map' ? await readMaps(source.words, cwd) : new Map<string, string>();
  const bakery = needsBakery(invocation, source) ? await readOptionalBakery(invocation) : undefined;
  const folder = args.length > 0 ? cwd : (bakery?.folder ?? cwd);
  const names = args.length > 0 ? args : (bakery?.value.rotate.paths ?? []);
  if (names.length === 0)
    throw usage('no FILES were named, and there is no bakery.yaml with rotate.paths here or above');
  const walked = await walk(names, folder, args.length > 0 ? 'FILES' : 'rotate.paths');
  // Only ids in the map move, so files without one of them are not parsed.
  const known = source.kind === 'to' ? { settled: new Set([source.id]) } : { moving: new Set(moves.keys()) };
  const look = { folder, ...known, literal: options.literal, openings: options.insertQueueOverrides };
  const files = absolute(walked.files, folder);
  const { found, errors } = await findAll(
    files,
    look,
    slowProgress(host.emit, 'rotate', 'files read'),
    signal,
  );
  const region = options.region[0] ?? bakery?.value.defaults.regions[0];
  const defaultRegion = region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const input = await inputOf(invocation, { source, moves, found, bakery, defaultRegion });
  const { errors: undecided, ...plan } = decide(input);
  const failed = [...walked.errors, ...errors, ...undecided];
  const writes = rotationWrites(plan.rotated, cwd);
  if (mode === 'run') refuseOthers(agreed, writes);
  reportMap(invocation, moves, found, failed.length === 0);
  if (mode === 'run' && plan.edits.length > 0) {
    const stamps = new Map(found.map(({ file, stamp }) => [file, stamp]));
    const progress = slowProgress(host.emit, 'rotate', 'files written');
    failed.push(...(await applyAll(plan.edits, { folder, stamps }, progress, signal)).errors);
  }
  const what = source.kind === 'map' ? '--map' : `--to ${source.id}`;
  return relativeTo(cwd, {
    ...plan,
    source: what,
    images: input.images ?? new Map(),
    errors: failed,
    writes,
    plans: [{ stage: 'rotate', target: undefined, plan, writes }],
    ...madeHere(invocation, bakery),
  });
}

/** The origin of a plan that needs neither AWS nor targets: it is valid for every account and Region. */
function madeHere(
  { version, cwd }: Invocation,
  bakery: Located<Bakery> | undefined,
): Pick<Rotation, 'origin' | 'privacy' | 'resumes'> {
  const period = bakery ? periodOf(new Date(), bakery.value.refresh) : 'never';
  return {
    resumes: false,
    origin: { bake: version, command: 'rotate', account: '', regions: [], period },
    privacy: {
      folders: [...new Set([bakery?.folder ?? cwd, cwd])],
      fromEnvironment: bakery?.variables ?? new Map(),
      userTexts: new Set(),
    },
  };
}

/** Moving ids by a map in named files needs no settings. */
function needsBakery(invocation: Invocation, source: Explicit): boolean {
  const { options, args } = invocation;
  return !isDefaultConfig(options) || args.length === 0 || source.kind === 'to' || isAwsAtHand(invocation);
}

function* absolute(files: Iterable<Candidate>, folder: string): Generator<Candidate> {
  for (const one of files) yield { ...one, file: path.resolve(folder, one.file) };
}

async function inputOf(invocation: Invocation, given: Given): Promise<RotationInput> {
  const { options } = invocation;
  const { source, moves, found, bakery, defaultRegion } = given;
  const facts = await askAws(invocation, wantedOf(given), bakery);
  const families = new Map<string, ImageFamily>([
    ...commentFamilies(found),
    ...(facts?.families ?? []),
    ...familiesOf(bakery?.value.rotate.families ?? {}),
  ]);
  const root = options.includeRoot ? 'rotate' : (bakery?.value.rotate.root ?? 'leave');
  return {
    found,
    families,
    images: facts?.images,
    explicit: source.kind === 'map' ? moves : undefined,
    current: source.kind === 'to' ? currentOf(source, given, families, options.region) : new Map(),
    root,
    insertOverrides: options.insertQueueOverrides,
    defaultRegion,
  };
}

/** Region → the old and new ids to look up in EC2. */
function wantedOf({ source, moves, found, defaultRegion }: Given): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { references, openings } of found) {
    const ids = [
      ...references.map(({ id, region }) => [id, region] as const),
      ...openings.map(({ inherits, region }) => [inherits, region] as const),
    ];
    for (const [id, region = defaultRegion] of ids) {
      const to = source.kind === 'to' ? source.id : moves.get(id);
      if (to === undefined) continue;
      const here = wanted.get(region) ?? new Set();
      wanted.set(region, here.add(id).add(to));
    }
  }
  return wanted;
}

/**
 * The id of --to, in the form of a channel's value. An image is in one Region.
 * @throws BakeError USAGE if that Region is not clear
 */
function currentOf(
  { id, family }: Extract<Explicit, { kind: 'to' }>,
  { found, defaultRegion }: Given,
  families: ReadonlyMap<string, ImageFamily>,
  regionOption: readonly string[],
): Map<string, string> {
  const used = new Set<string>();
  for (const { references } of found) {
    for (const reference of references) {
      const its = families.get(reference.id);
      if (its && familyText(its) === familyText(family)) used.add(reference.region ?? defaultRegion);
    }
  }
  const own = families.get(id)?.region;
  const regions = regionOption.length > 0 ? regionOption : own === undefined ? [...used] : [own];
  if (regions.length > 1) {
    throw usage(
      `--to: references to ${familyText(family)} are in ${regions.join(', ')}; say with --region where ${id} is`,
    );
  }
  return new Map(regions.map((region) => [currentKey(family, region), id]));
}

/** Reports ids of a map that no file contains, and ids that a second run would move again. */
function reportMap(
  { host, options }: Invocation,
  moves: ReadonlyMap<string, string>,
  found: readonly FileFindings[],
  isWhole: boolean,
): void {
  const links = chained(moves);
  if (links.length > 0 && !options.check) {
    const text = `--map moves ${links.slice(0, 3).join(', ')} again: they are both old and new ids; run this only once`;
    host.emit({ type: 'warning', text });
  }
  if (!isWhole) return;
  const there = new Set(
    found.flatMap(({ references, strays = [] }) => [...references, ...strays].map(({ id }) => id)),
  );
  const unused = [...moves.keys()].filter((id) => !there.has(id));
  if (unused.length === 0) return;
  const more = unused.length > 3 ? ` and ${unused.length - 3} more` : '';
  host.emit({ type: 'note', text: `no reference to ${unused.slice(0, 3).join(', ')}${more}` });
}
