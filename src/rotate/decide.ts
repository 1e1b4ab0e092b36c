/**
 * Plans a rotation: which ids move to which, and why others stay. Pure: it reads no file, makes no call and knows no
 * time.
 */
import type { BakeError } from '../errors/bake-error.ts';
import type { RotatedEntry, ReferenceScope, UnresolvedEntry, UpdateEntry } from '../entries/result.ts';
import { freshComment } from './comments.ts';
import { familyText, type ImageFamily } from '../os/family.ts';
import type { Edit, FileFindings, Opening, Reference } from './format.ts';
import { imageObstacle, type ImageFacts, type Question } from './obstacles.ts';
import { relative } from 'node:path';
import { newValue, type PlannedWrite } from '../run/writes.ts';
import { policyOf } from './policy.ts';

export type { ImageFamily } from '../os/family.ts';

export interface RotationInput {
  found: readonly FileFindings[];
  /** The family of each old id, from tags, the history of parameters, bakery.yaml or a comment. */
  families: ReadonlyMap<string, ImageFamily>;
  /** The id that each channel holds, by `currentKey()`; null: the image is not baked yet (in a plan). */
  current: ReadonlyMap<string, string | null>;
  /** Moves that the user requested. They include root and head node images. */
  explicit?: ReadonlyMap<string, string> | undefined;
  /** The facts of old and new images from EC2, by id; undefined: EC2 was not asked. */
  images?: ReadonlyMap<string, ImageFacts> | undefined;
  /** leave: a live cluster refuses a new root or head node image. */
  root: 'leave' | 'rotate';
  /** Whether to write Image.CustomAmi into queues that inherit the root's image. */
  insertOverrides?: boolean | undefined;
  /** The source of the new ids, for messages: `channel stable`. */
  source?: string | undefined;
  /** Whether the run is about all families, so that a family without an image in any channel is reported. */
  whole?: boolean | undefined;
  /** The Region of configs that name none. */
  defaultRegion: string;
}

export interface RotationPlan {
  edits: Edit[];
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  /** The effect of each entry of `rotated`, in the same order. */
  updates: UpdateEntry[];
  /** Files that could not be read. They are left unchanged. */
  errors: BakeError[];
}

/**
 * Lists the writes of a rotation, one for each reference. An id that only a run will know is named by the id that it
 * replaces.
 * @param folder file names become relative to it
 */
export function rotationWrites(rotated: readonly RotatedEntry[], folder: string): PlannedWrite[] {
  return rotated.map(({ file, line, column, path, from, to }) => ({
    what: `${relative(folder, file)}:${line}:${column} ${path}`,
    from,
    to: to ?? newValue(`the image that follows ${from}`),
  }));
}

/** The key of a family in a Region in `current`. */
export function currentKey(
  family: Pick<ImageFamily, 'os' | 'arch' | 'parallelcluster'>,
  region: string,
): string {
  return `${familyText(family)} ${region}`;
}

/** Plans the moves of the references. The same input gives the same plan, in the order of the files. */
export function decide(input: RotationInput): RotationPlan {
  const plan: RotationPlan = { edits: [], rotated: [], unresolved: [], updates: [], errors: [] };
  const currentIds = new Set(input.current.values());
  for (const found of input.found) decideFile(found, { ...input, currentIds }, plan);
  return plan;
}

type Input = RotationInput & { currentIds: ReadonlySet<string | null> };
type Verdict = { to: string | null } | { reason: string } | undefined;

/** A place that uses an id: a reference, or a queue that inherits it. */
type Spot = Omit<Opening, 'start' | 'before' | 'after' | 'inherits'> &
  Pick<Reference, 'scope' | 'id' | 'users' | 'parallelcluster' | 'choices'>;

function decideFile(found: FileFindings, input: Input, plan: RotationPlan): void {
  plan.errors.push(...found.errors);
  const unresolved = [...found.indirect];
  const moved: { spot: Spot; to: string | null }[] = [];
  const overrides = input.insertOverrides && input.root === 'leave' ? found.openings : [];
  const inherited = new Set(found.openings.map(({ inherits }) => inherits));
  const written = new Set<number>();
  const why = new Map<string, string>();
  for (const reference of found.references) {
    const verdict = judge(reference, input, inherited);
    if (verdict === undefined) continue;
    if ('reason' in verdict) {
      why.set(reference.id, verdict.reason);
      unresolved.push(stays(reference, verdict.reason));
      continue;
    }
    moved.push({ spot: reference, to: verdict.to });
    if (verdict.to !== null) plan.edits.push(...editsOf(reference, verdict.to, input, written));
  }
  for (const opening of overrides) {
    const spot: Spot = { ...opening, scope: 'queue', id: opening.inherits, users: 1 };
    const verdict = judge(spot, input, inherited);
    if (verdict === undefined) continue;
    if ('reason' in verdict) {
      // The entry of the root's id already gives the reason.
      if (why.get(spot.id) !== verdict.reason) unresolved.push(stays(spot, verdict.reason));
      continue;
    }
    moved.push({ spot, to: verdict.to });
    if (verdict.to !== null) plan.edits.push(insertion(opening, verdict.to));
  }
  unresolved.push(...straysOf(found, input, inherited));
  for (const { spot, to } of moved.sort((a, b) => inOrder(a.spot, b.spot))) {
    const { file, line, column, path, scope, id } = spot;
    plan.rotated.push({ file, line, column, path, scope, from: id, to });
    plan.updates.push({ file, line, path, scope, ...policyOf(policyFacts(spot, found, input)) });
  }
  plan.unresolved.push(...unresolved.sort(inOrder));
}

/** The ids that would move if bake edited their places. Nothing is said about images that are not known. */
function straysOf(
  { file, strays = [] }: FileFindings,
  input: Input,
  inherited: ReadonlySet<string>,
): UnresolvedEntry[] {
  return strays.flatMap(({ id, line, column, reason }) => {
    const its = input.families.get(id);
    const isOurs = (its && its.official !== true) || input.explicit?.has(id) === true;
    if (!isOurs) return [];
    const spot: Spot = { file, line, column, path: '', scope: 'text', id, users: 1 };
    const verdict = judge(spot, input, inherited);
    return verdict === undefined ? [] : [{ file, line, column, path: '', found: id, reason }];
  });
}

function inOrder(a: { line: number; column: number }, b: { line: number; column: number }): number {
  return a.line - b.line || a.column - b.column;
}

/**
 * Returns undefined if there is nothing to do, or if the id is outside the scope of this run.
 * @param inherited root ids that queues inherit
 */
function judge(spot: Spot, input: Input, inherited: ReadonlySet<string>): Verdict {
  const requested = input.explicit?.get(spot.id);
  if (requested !== undefined) {
    if (requested === spot.id) return undefined;
    const known = input.families.get(spot.id);
    const region = spot.region ?? known?.region ?? input.images?.get(spot.id)?.region;
    const reason = obstacle(spot, { to: requested, region, family: known }, input, inherited);
    return reason === undefined ? { to: requested } : { reason };
  }
  // Without a channel, only requested moves apply.
  if (input.current.size === 0 && input.explicit) return undefined;
  if (input.currentIds.has(spot.id)) return undefined;
  const family = input.families.get(spot.id);
  if (!family) return { reason: unknown(spot, input) };
  if (family.official) {
    // A build-image config correctly starts from an official image.
    if (spot.scope === 'parent') return undefined;
    return {
      reason:
        'an official ParallelCluster image, none of a bakery: write the id of a baked one here first, or bake rotate --map',
    };
  }
  const region = spot.region ?? input.defaultRegion;
  if (family.region !== undefined && family.region !== region) {
    const here =
      spot.region === undefined
        ? `the file names no Region and ${region} is assumed: say with --region where it is`
        : `this cluster in ${region}: write an id of ${region} here`;
    return { reason: `the image is in ${family.region}, ${here}` };
  }
  const to = input.current.get(currentKey(family, region));
  if (to === undefined)
    return input.whole ? { reason: channelless(family, region, input.source) } : undefined;
  const reason = obstacle(spot, { to, region, family }, input, inherited);
  return reason === undefined ? { to } : { reason };
}

function unknown({ id, region }: Spot, { images, defaultRegion }: Input): string {
  const image = images?.get(id);
  const next = 'name it in rotate.families of bakery.yaml, or move it with --map';
  if (image) {
    return `no image family is known for this id: ${image.name} has no tags of a bakery; ${next}`;
  }
  if (images) {
    return `no image family is known for this id: EC2 shows no such image in ${region ?? defaultRegion} and no channel ever held it; ${next}`;
  }
  return `no image family is known for this id: not tagged by a bakery, not in the parameter history; ${next}`;
}

function channelless(family: ImageFamily, region: string, source = 'the channel'): string {
  return `${source} has no image for ${familyText(family)} in ${region}: add that target to bakery.yaml and bake it, or follow another channel (--from-channel)`;
}

/** Returns the reason why a stale id cannot move. */
function obstacle(
  spot: Spot,
  move: Pick<Question, 'to' | 'region' | 'family'>,
  input: Input,
  inherited: ReadonlySet<string>,
): string | undefined {
  if (spot.scope === 'other') return 'ParallelCluster 3 reads no CustomAmi at this place';
  return (
    imageObstacle({ spot, ...move, images: input.images }) ??
    bound(spot, input, inherited) ??
    unlisted(spot, move.to)
  );
}

/** The file lists the ids that are valid here, and the new one is not among them. */
function unlisted({ choices }: Spot, to: string | null): string | undefined {
  if (choices === undefined || (to !== null && choices.includes(to))) return undefined;
  return `the file lists the ids that are valid here, and ${to ?? 'the new image'} is not among them: add it there, then run this again`;
}

/** An id that the root or the head node shares by an alias stays with them. */
function bound(spot: Spot, input: Input, inherited: ReadonlySet<string>): string | undefined {
  if (input.root === 'rotate' || (spot.scope !== 'root' && spot.scope !== 'head')) return undefined;
  // insertOverrides gives queues their own images and keeps the root's, in a second run too.
  if (input.explicit?.has(spot.id) && !input.insertOverrides) return undefined;
  const shared =
    spot.users > 1
      ? `; ${spot.users} places share it by an alias and cannot move alone: write the id in each that must move`
      : '';
  if (LEGACY.test(spot.path))
    return 'ParallelCluster 2.x: no live cluster can change its image; needs a new cluster';
  if (spot.scope === 'head') {
    return `head node image: a live cluster cannot change it; needs a new cluster${shared}`;
  }
  const next = input.insertOverrides
    ? inherited.has(spot.id)
      ? 'the listed queues receive an image of their own; the others inherit in a way that you must rewrite'
      : 'bake cannot give a queue here its own image: write Image.CustomAmi there'
    : inherited.has(spot.id)
      ? 'needs a new cluster, or --insert-queue-overrides for the queues that inherit it'
      : 'needs a new cluster, or Image.CustomAmi per queue';
  return `root image: a live cluster cannot change it; ${next}${shared}`;
}

/** Matches a section of a 2.x INI file: `cluster default.custom_ami`. */
const LEGACY = /^cluster [^.]+\.custom_ami$/;

function stays({ file, line, column, path, id }: Spot, reason: string): UnresolvedEntry {
  return { file, line, column, path, found: id, reason };
}

/** @param written offsets of comments that have edits already: two ids on one line can share a comment */
function editsOf(
  { file, path, id, start, end, comment }: Reference,
  to: string,
  { images }: Input,
  written: Set<number>,
): Edit[] {
  const edits: Edit[] = [{ kind: 'id', file, path, start, end, from: id, to }];
  if (!comment || written.has(comment.start)) return edits;
  const fresh = freshComment(comment.text, pictured(id, images), pictured(to, images));
  if (fresh === undefined || fresh === comment.text) return edits;
  written.add(comment.start);
  return [
    ...edits,
    {
      kind: 'comment',
      file,
      path,
      start: comment.start,
      end: comment.end,
      from: comment.text,
      to: fresh,
    },
  ];
}

function pictured(id: string, images: Input['images']): { id: string; name?: string; createdAt?: string } {
  const image = images?.get(id);
  return image ? { id, name: image.name, createdAt: image.createdAt } : { id };
}

function insertion({ file, path, start, before, after }: Opening, to: string): Edit {
  return { kind: 'insert', file, path, start, end: start, from: '', to: `${before}${to}${after}` };
}

function policyFacts(
  { scope, id, parallelcluster }: Spot,
  { cluster }: FileFindings,
  { families, images, explicit }: Input,
): { scope: ReferenceScope; parallelcluster?: string | undefined; updateStrategy?: string | undefined } {
  const to = explicit?.get(id);
  return {
    scope,
    updateStrategy: cluster.updateStrategy,
    parallelcluster:
      parallelcluster ??
      families.get(id)?.parallelcluster ??
      (to === undefined ? undefined : images?.get(to)?.parallelcluster),
  };
}
