/** Verifies baked images: boots each one again and runs its verify list in it. */
import { findAmis, type Ami } from '../aws/images.ts';
import type { Engines } from '../engines/engine.ts';
import { proverOf } from '../engines/registry.ts';
import { BakeError } from '../errors/bake-error.ts';
import { isRed, rowResults, VERIFY_TAG, type RowResult } from '../image/verdict.ts';
import { newestAmiFirst } from '../os/official.ts';
import { bakeContext, buildLease } from '../pipeline/building.ts';
import { canonicalJson } from '../util/canonical.ts';
import { openJournal } from '../run/journal.ts';
import { withLease } from '../run/lease.ts';
import type { RenderedBuild } from '../pipeline/stages/render.ts';
import type { Job } from '../pipeline/world.ts';
import { readChannelImages } from '../publish/channels.ts';
import { targetParameter } from '../publish/parameter.ts';
import { sha256 } from '../util/sha256.ts';
import type { Invocation } from './invocation.ts';
import { writeJunit } from './junit-file.ts';
import { configFile, runsFolder } from './places.ts';
import { openContext, type CommandContext } from './context.ts';
import { requireOneTarget, requireTargets, selectionOf } from './selection.ts';
import { renderTargets } from './rendered.ts';

export interface VerifiedImage {
  os: string;
  arch: string;
  region: string;
  parallelcluster: string;
  imageId: string;
  fingerprint: string;
  verify: { passed: number; failed: number; skipped: number };
  /** What each row expected and found. */
  rows: RowResult[];
}

/**
 * Verifies an image of every target that the options select, and writes the file of --junit.
 * @throws BakeError USAGE, IMAGE_UNKNOWN, AWS_…
 */
export async function verifyImages(invocation: Invocation): Promise<VerifiedImage[]> {
  requireTargets(invocation);
  const context = await openContext(invocation);
  const journal = openJournal(runsFolder(invocation), intentOf(invocation), () => context.world.aws.now());
  let verified: VerifiedImage[];
  try {
    verified = await verifyAll({ ...context, journal, world: { ...context.world, journal } }, invocation);
    journal.end('done');
  } catch (error) {
    journal.end(invocation.signal.aborted ? 'interrupted' : 'failed');
    throw error;
  } finally {
    await context.close();
  }
  await writeJunit(
    invocation,
    verified.map(({ os, arch, imageId, rows }) => ({ name: `${os} ${arch} ${imageId}`, rows })),
  );
  return verified;
}

/** Differs from the intent of a run with the same options, because only that run may resume its journal. */
function intentOf(invocation: Invocation): string {
  const { options } = invocation;
  const place = [configFile(invocation), options.sandbox, options.state ?? null];
  return sha256(canonicalJson({ verify: selectionOf(invocation), image: options.image ?? null, place }));
}

async function verifyAll(context: CommandContext, invocation: Invocation): Promise<VerifiedImage[]> {
  const { options } = invocation;
  const { jobs } = context.project;
  if (options.image !== undefined) requireOneTarget('--image', jobs, 'verify');
  const verified: VerifiedImage[] = [];
  for (const [index, build] of (await renderTargets(context, invocation)).entries()) {
    verified.push(await verifyOne(context, jobs[index] as Job, build, options.image));
  }
  return verified;
}

/** Runs the rows with the engine that can boot an image, whichever engine made it. */
async function verifyOne(
  { world }: CommandContext,
  job: Job,
  build: RenderedBuild,
  wanted: string | undefined,
): Promise<VerifiedImage> {
  const image = await findImage(job, build, wanted, world.aws);
  const of = { stage: 'verify', target: build.label };
  world.emit({ type: 'stageStarted', ...of });
  const { parameter } = job.publish;
  const lease = buildLease(world, build, { parameter, stage: 'verify', work: 'verifies the same image' });
  const prover = requireProver(world.engines);
  const tested = { ...build, settings: job.settings[prover.id] ?? {} };
  const proof = await withLease(lease, () => prover.prove(tested, image, bakeContext(world, build, false)));
  const rows = rowResults(build.rows, proof.reports);
  const number = (outcome: RowResult['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const verify = { passed: number('passed'), failed: number('failed'), skipped: number('skipped') };
  const text = `${image.id} · ${verify.passed} passed · ${verify.failed} failed · ${verify.skipped} skipped`;
  if (verify.failed > 0) world.emit({ type: 'stageFailed', ...of, text });
  else world.emit({ type: 'stageFinished', ...of, outcome: 'done', text });
  const { os, arch, region, parallelcluster } = build;
  const fingerprint = image.tags['bakery:fingerprint'] ?? '';
  return { os, arch, region, parallelcluster, imageId: image.id, fingerprint, verify, rows };
}

/** @throws BakeError USAGE if no engine can boot an image */
function requireProver(engines: Engines): NonNullable<ReturnType<typeof proverOf>> {
  const prover = proverOf(engines);
  if (prover) return prover;
  throw new BakeError('USAGE', { message: 'no engine can boot an image to verify it', command: 'verify' });
}

/** Finds the image that --image names, or the newest with this fingerprint, or the image in the channel. */
async function findImage(
  { publish, target }: Job,
  build: RenderedBuild,
  wanted: string | undefined,
  aws: CommandContext['world']['aws'],
): Promise<Ami> {
  const { region } = build;
  if (wanted !== undefined) {
    const [named] = await findAmis(aws, region, { ids: [wanted] });
    if (named) return named;
    throw new BakeError('IMAGE_UNKNOWN', { target: build.label, region, wanted });
  }
  const ours = { 'tag:bakery:fingerprint': [build.fingerprint], state: ['available'] };
  const found = await findAmis(aws, region, { owners: ['self'], filters: ours });
  const [newest] = found.filter(({ tags }) => !isRed(tags[VERIFY_TAG])).sort(newestAmiFirst);
  if (newest) return newest;
  const parameter = targetParameter(publish.parameter, publish.channel, target);
  const [published] = await readChannelImages(aws, [{ region, parameter }]);
  if (published?.image) return published.image;
  throw new BakeError('IMAGE_UNKNOWN', { target: build.label, region, wanted: undefined });
}
