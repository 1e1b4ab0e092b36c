/** Owns turning what the stages handed on into the result of design 3.2. */
import path from 'node:path';
import type { BakeError } from '../errors/bake-error.ts';
import type { Verified } from '../image/verdict.ts';
import type { ImageEntry, RunResult, UpdateEntry } from '../entries/result.ts';
import type { RunOutcome } from '../run/runner.ts';
import type { RenderedBuild } from './stages/render.ts';
import type { Rotated, TargetResults } from './world.ts';

/** @param folder what file names are made relative to */
export function runResult(
  outcome: RunOutcome,
  of: { run: string; sandbox: boolean; folder: string },
): RunResult {
  const items = outcome.items as unknown as TargetResults[];
  return {
    run: of.run,
    sandbox: of.sandbox,
    images: items.flatMap(imageEntries),
    parameters: items.flatMap((item) => item.publish.parameters),
    ...rotationResult(outcome, of.folder),
  };
}

/** What the rotate stage did, alone. */
export function rotationResult(
  outcome: RunOutcome,
  folder: string,
): Pick<RunResult, 'rotated' | 'unresolved'> {
  const done = outcome.run['rotate'] as Rotated | undefined;
  const relative = <E extends { file: string }>(entry: E): E => ({
    ...entry,
    file: path.relative(folder, entry.file),
  });
  return {
    rotated: (done?.rotated ?? []).map(relative),
    unresolved: (done?.unresolved ?? []).map(relative),
  };
}

/** What the rotate stage did, with what becomes of each change: `bake rotate --json`. */
export function rotateResult(
  outcome: RunOutcome,
  folder: string,
): Pick<RunResult, 'rotated' | 'unresolved'> & { updates: UpdateEntry[] } {
  const done = outcome.run['rotate'] as Rotated | undefined;
  const updates = done?.updates ?? [];
  return {
    ...rotationResult(outcome, folder),
    updates: updates.map((entry) => ({ ...entry, file: path.relative(folder, entry.file) })),
  };
}

/** Everything that went wrong: targets that did not come through, and configs that could not be rotated; each once. */
export function runErrors(outcome: RunOutcome, folder: string): BakeError[] {
  const rotated = outcome.run['rotate'] as Rotated | undefined;
  for (const { place } of rotated?.errors ?? []) {
    if (place.file !== undefined) place.file = path.relative(folder, place.file);
  }
  // Targets that share a place share what is wrong with it.
  const each = new Map([...outcome.errors, ...(rotated?.errors ?? [])].map((error) => [keyOf(error), error]));
  return [...each.values()];
}

function keyOf({ code, message, place }: BakeError): string {
  return JSON.stringify([code, message, place]);
}

function imageEntries(item: TargetResults): ImageEntry[] {
  const build = item.render as RenderedBuild;
  return item.publish.images.map(({ region, image }) => ({
    os: build.os,
    arch: build.arch,
    region,
    parallelcluster: build.parallelcluster,
    engine: build.engine,
    baseImageId: build.base.id,
    imageId: image?.id ?? null,
    name: image?.name ?? build.name,
    fingerprint: build.fingerprint,
    outcome: item.bake.outcome,
    verify: verifyEntry(item.verify),
  }));
}

/** Counts, and why something was skipped where it was: no surface shows the one without the other. */
export function verifyEntry({ passed, failed, skipped, reasons }: Verified): ImageEntry['verify'] {
  return { passed, failed, skipped, ...(reasons.length === 0 ? {} : { reasons }) };
}
