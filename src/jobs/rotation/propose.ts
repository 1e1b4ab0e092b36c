/** Proposes a rotation on a branch or in a pull request, for --pr, with the facts that reviewers need about each image. */
import path from 'node:path';
import { findAmis, type Ami } from '../../aws/images.ts';
import { httpsAgent } from '../../aws/network.ts';
import type { Located } from '../../config/load.ts';
import type { Bakery } from '../../config/schema.ts';
import { readTrust } from '../../config/trust.ts';
import { readVerifyNote, VERIFY_TAG } from '../../image/verdict.ts';
import type { ImageMove } from '../../rotate/pr/body.ts';
import { propose, type Proposed } from '../../rotate/pr/propose.ts';
import { diffSboms } from '../../sbom/diff.ts';
import { readSbom } from '../../sbom/read.ts';
import { bakeIdOf, imageKey } from '../../store/keys.ts';
import { openStore, type Store } from '../../store/store.ts';
import { writeFileAtomic } from '../../util/files.ts';
import type { Invocation } from '../invocation.ts';
import { readOptionalBakery } from './bakery.ts';
import { openPlainCloud } from '../cloud.ts';
import { formatDiff, type Side } from '../../images/diff-text.ts';
import { PULL_REQUEST_TEXT, type Rotation } from './rotation.ts';

/**
 * @returns undefined if there is nothing to rotate
 * @throws BakeError, BakeErrors of propose()
 */
export async function proposeRotation(
  invocation: Invocation,
  rotation: Rotation,
): Promise<Proposed | undefined> {
  const { options, cwd, env, signal } = invocation;
  const bakery = await readOptionalBakery(invocation);
  const trust = bakery ? await readTrust(bakery) : [];
  const settings = bakery?.value.rotate.pullRequest;
  const agent = httpsAgent(env, trust);
  try {
    const proposed = await propose(
      {
        edits: rotation.edits,
        story: {
          source: rotation.source,
          moves: await movesOf(invocation, rotation, bakery, trust),
          rotated: rotation.rotated,
          unresolved: rotation.unresolved,
          impacts: rotation.updates,
        },
        folder: cwd,
        branch: settings?.branch ?? 'bakery/rotate',
        base: settings?.base,
        commitPerFile: options.commitPerCluster,
        remote: options.remote,
      },
      { env, agent, signal },
    );
    if (proposed && !options.remote) await writeFileAtomic(path.join(cwd, PULL_REQUEST_TEXT), proposed.body);
    return proposed;
  } finally {
    agent.destroy();
  }
}

/** @returns each pair of an old and a new image once */
async function movesOf(
  invocation: Invocation,
  { rotated, images, source }: Rotation,
  bakery: Located<Bakery> | undefined,
  trust: readonly string[],
): Promise<ImageMove[]> {
  const pairs = new Map<string, { from: string; to: string; region: string }>();
  for (const { from, to } of rotated) {
    if (to === null) continue;
    pairs.set(`${from} ${to}`, { from, to, region: (images.get(to) ?? images.get(from))?.region ?? '' });
  }
  if (images.size === 0) {
    return [...pairs.values()].map(({ from, to, region }) => ({
      region: region || 'not known',
      from: { id: from },
      to: { id: to },
      difference: 'not known: AWS was not asked',
    }));
  }
  const cloud = await openPlainCloud(invocation, trust);
  try {
    const known = await imagesOf(cloud.aws, [...pairs.values()]);
    const region = bakery?.value.defaults.regions[0] ?? 'us-east-1';
    const store =
      bakery && (await openStore(bakery.value.store, { aws: cloud.aws, region, folder: bakery.folder }));
    const moves: ImageMove[] = [];
    for (const pair of pairs.values()) {
      const [from, to] = [known.get(pair.from), known.get(pair.to)];
      moves.push({
        region: pair.region,
        from: { id: pair.from, ...pictured(from) },
        to: { id: pair.to, ...pictured(to) },
        difference: await differenceOf(pair, from, to, store),
        rollback: to && rollbackOf(to, source),
      });
    }
    return moves;
  } finally {
    await cloud.close();
  }
}

async function imagesOf(
  aws: Parameters<typeof findAmis>[0],
  pairs: readonly { from: string; to: string; region: string }[],
): Promise<Map<string, Ami>> {
  const known = new Map<string, Ami>();
  for (const region of new Set(pairs.map((pair) => pair.region).filter((name) => name !== ''))) {
    const here = pairs.filter((pair) => pair.region === region);
    const ids = [...new Set(here.flatMap(({ from, to }) => [from, to]))];
    for (const image of await findAmis(aws, region, { ids })) known.set(image.id, image);
  }
  return known;
}

function pictured(image: Ami | undefined): Omit<ImageMove['from'], 'id'> {
  if (!image) return {};
  const note = readVerifyNote(image.tags[VERIFY_TAG]);
  const verified = note && `${note.passed} passed, ${note.failed} failed, ${note.skipped} skipped`;
  return { name: image.name, createdAt: image.createdAt, ...(verified ? { verified } : {}) };
}

/** The command that rolls the channel of the new image back. */
function rollbackOf(image: Ami, source: string): string | undefined {
  const channel = /^channel (\S+)$/.exec(source)?.[1];
  const os = image.tags['parallelcluster:os'];
  const version = image.tags['parallelcluster:version'];
  if (channel === undefined || os === undefined || version === undefined) return undefined;
  return `bake rollback --os ${os} --arch ${image.architecture} --parallelcluster ${version} --channel ${channel}`;
}

async function differenceOf(
  pair: { from: string; to: string },
  from: Ami | undefined,
  to: Ami | undefined,
  store: Store | undefined,
): Promise<string> {
  if (!store) return 'not known: there is no bakery.yaml that names the store';
  const sides: Side[] = [];
  for (const [id, image] of [
    [pair.from, from],
    [pair.to, to],
  ] as const) {
    const of = image && bakeIdOf(image.tags);
    if (!of) return `not known: ${id} was not baked by bake`;
    const key = imageKey(of, 'sbom');
    const bytes = await store.get(key);
    if (!bytes) return `not known: the store has no package list of ${id}`;
    sides.push({ name: id, file: store.uriOf(key), content: readSbom(bytes.toString('utf8'), id) });
  }
  const [a, b] = sides as [Side, Side];
  return formatDiff('markdown', a, b, diffSboms(a.content, b.content));
}
