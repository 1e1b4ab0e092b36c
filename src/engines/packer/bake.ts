/** Bakes with Packer: one Packer run makes the image, another boots it once more and verifies. */
import type { Ami } from '../../aws/images.ts';
import type { Session } from '../../aws/session.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { Report, Reports } from '../../image/report.ts';
import { writeRendered } from '../../render/file.ts';
import { renderPacker, TEMPLATES } from './render.ts';
import type { PackerBuild, PackerSettings } from './section.ts';
import { exists } from '../../util/files.ts';
import type { BakeContext } from '../engine.ts';
import { bakeIdOf } from '../../store/keys.ts';
import { keepReports, readReports } from './reports.ts';
import { clear, freeName, finishImage, lookFor } from './images.ts';
import { endOrphans, endPredecessor } from './process.ts';
import { findPacker, lacking, type Program } from './program.ts';
import { build as packerBuild, logOf, logsOfOtherRuns, readStory } from './build.ts';
import type { PackerStory } from './output.ts';

/** Cached by session, then by settings, because targets share one Packer program. */
const asked = new WeakMap<Session, Map<string, Promise<void>>>();

/** @throws BakeError as findProgram */
export function ready(settings: PackerSettings, aws: Session): Promise<void> {
  const known = asked.get(aws) ?? new Map<string, Promise<void>>();
  asked.set(aws, known);
  const key = JSON.stringify(settings);
  const answer = known.get(key) ?? lookForProgram(settings, aws);
  known.set(key, answer);
  return answer;
}

async function lookForProgram(settings: PackerSettings, aws: Session): Promise<void> {
  await findPacker(settings, (await aws.forChildren()).env);
}

/**
 * Makes the image, unless a killed run with this name has made it already. It sets the fingerprint tag last, after the
 * reports are in the store, so that every image with a fingerprint has reports.
 */
export async function bakeWithPacker(build: PackerBuild, context: BakeContext): Promise<void> {
  const program = await findPacker(build.settings, (await context.aws.forChildren()).env);
  sayDifferences(program, build, context);
  const before = await findPredecessor(context, 'image');
  if (before && (await adoptPredecessors(before, build, context))) return;
  if (before) await clear(build, context, before);
  const name = await freeName(build, context);
  const vars = { ami_name: name, fingerprint: '' };
  const { exitCode, story, reason } = await packerBuild(program, build, context, 'image', vars);
  if (exitCode === 0) return complete(name, story, build, context);
  if (await isSaved(name, story, build, context)) return;
  throw failure(build, story, reason);
}

/** A warning for each setting that an old Packer does not support. */
function sayDifferences(
  { profile, version, command }: Program,
  build: PackerBuild,
  { emit }: BakeContext,
): void {
  if (profile === 'modern') return;
  const told = lacking.map(({ what, instead }) => `${what}: ${instead}`).join('; ');
  emit({ type: 'warning', text: `${build.label}: ${command} is Packer ${version}, which lacks ${told}` });
}

/** Ends the Packer that a killed bake with this run's name started, and reads its output; undefined if it started none. */
async function findPredecessor(
  context: BakeContext,
  purpose: 'image' | 'verify',
): Promise<PackerStory | undefined> {
  await endOrphans(await logsOfOtherRuns(context), context.signal);
  const log = logOf(context, purpose);
  if (!(await exists(log))) return undefined;
  await endPredecessor(log, context.signal);
  return readStory(log);
}

/** The image that a killed run with this name made, if the run's folder still has its complete output. */
async function adoptPredecessors(
  story: PackerStory,
  build: PackerBuild,
  context: BakeContext,
): Promise<boolean> {
  if (!isWhole(story.said, build)) return false;
  const found = await lookFor(build, context, [build.name, `${build.name}-${context.run}`]);
  const mine = found.find(({ tags, state }) => tags['bakery:run'] === context.run && state !== 'failed');
  if (!mine) return false;
  await finishImage(mine, story.said, build, context);
  return true;
}

async function complete(
  name: string,
  story: PackerStory,
  build: PackerBuild,
  context: BakeContext,
): Promise<void> {
  const [image] = await lookFor(build, context, [name]);
  if (!image) {
    const id = story.artifacts[build.region] ?? name;
    throw new BakeError('IMAGE_LOST', {
      id,
      region: build.region,
      state: 'missing, although Packer reported it',
    });
  }
  await finishImage(image, story.said, build, context);
}

/**
 * Cleans up after a failed Packer. If all steps passed (for example, Packer timed out while AWS made the image), waits for
 * the image and keeps it. Otherwise removes it and everything with the tags of this run. An error of the clean-up must not
 * hide the reason for the failure.
 * @returns whether there is an image
 * @throws BakeError VERIFY_FAILED if rows failed
 */
async function isSaved(
  name: string,
  story: PackerStory,
  build: PackerBuild,
  context: BakeContext,
): Promise<boolean> {
  const { said: heard } = story;
  const red = heard.reports.filter(({ kind, outcome }) => kind === 'row' && outcome === 'failed');
  try {
    if (red.length === 0 && !context.signal.aborted && isWhole(heard, build)) {
      const [image] = await lookFor(build, context, [name]);
      if (image) {
        await finishImage(image, heard, build, context);
        return true;
      }
    }
    await clear(build, context, story);
  } catch (error) {
    const text = `${build.label}: could not take away what Packer left (bake reap does): ${(error as Error).message}`;
    context.emit({ type: 'warning', text });
  }
  context.signal.throwIfAborted();
  if (red.length === 0) return false;
  await context.heard(heard);
  throw new BakeError('VERIFY_FAILED', { target: build.label, rows: red.map(rowText) });
}

function failure(build: PackerBuild, story: PackerStory, reason: string): BakeError {
  const red = story.said.reports.find(({ outcome, kind }) => kind === 'step' && outcome === 'failed');
  const errors = story.errors.filter((line) => !story.tail.includes(line));
  const output = [...story.tail, ...errors].join('\n') || reason;
  return new BakeError('BAKE_FAILED', {
    target: build.label,
    step: red ? `step ${red.id}` : story.at,
    output,
  });
}

function rowText({ id, text }: Report): string {
  return [id, ...text.trim().split('\n').slice(-3)].join('\n      ');
}

/** Whether every step has reported that it passed. */
function isWhole({ reports }: Reports, { steps }: PackerBuild): boolean {
  const passed = new Set(
    reports.filter(({ kind, outcome }) => kind === 'step' && outcome !== 'failed').map(({ id }) => id),
  );
  return steps.every(({ id }) => passed.has(id));
}

/**
 * Boots the image once more. Ignores Packer's exit code: the template makes 1.6 fail so that it makes no image, and a failed
 * row fails it, too. Instead, every row must have reported.
 */
export async function prove(build: PackerBuild, image: Ami, context: BakeContext): Promise<Reports> {
  const program = await findPacker(build.settings, (await context.aws.forChildren()).env);
  for (const file of renderPacker(build)) await writeRendered(context.folder, file);
  const left = await findPredecessor(context, 'verify');
  if (left) await clear(build, context, left);
  const { story, reason, exitCode } = await packerBuild(program, build, context, 'verify', {
    image: image.id,
  });
  context.signal.throwIfAborted();
  const rows = story.said.reports.filter(({ kind }) => kind === 'row');
  if (exitCode !== 0 && program.profile === 'modern') await clear(build, context, story);
  const silent = build.rows.filter(({ id }) => !rows.some((row) => row.id === id));
  if (silent.length > 0)
    throw failure(
      build,
      { ...story, at: `${TEMPLATES[program.profile].verify} (a second boot of ${image.id})` },
      reason,
    );
  const kept = await readReports(context.store, image);
  const whole = {
    reports: [...kept.reports.filter(({ kind }) => kind === 'step'), ...rows],
    data: kept.data,
  };
  const of = bakeIdOf(image.tags);
  if (of) await keepReports(context.store, { id: image.id, ...of }, whole);
  return whole;
}
