/** Converts the results of the stages to the result that --json prints. */
import path from 'node:path';
import { inFile, type BakeError } from '../errors/bake-error.ts';
import type { Verified } from '../image/verdict.ts';
import type { ImageEntry, RunResult } from '../entries/result.ts';
import type { RunOutcome } from '../run/runner.ts';
import type { Rotated, TargetResults } from './world.ts';

/** Results of the stages that run once. */
export interface RotateResults {
  rotate?: Rotated;
}

type RotateOutcome = Pick<RunOutcome<unknown, RotateResults>, 'errors' | 'whole'>;

/** @param folder the folder that file names become relative to */
export function runResult(
  outcome: RunOutcome<TargetResults, RotateResults>,
  of: { run: string; sandbox: boolean; folder: string },
): RunResult {
  return {
    run: of.run,
    sandbox: of.sandbox,
    images: outcome.items.flatMap(imageEntries),
    parameters: outcome.items.flatMap((item) => item.publish.parameters),
    ...rotationResult(outcome, of.folder),
  };
}

/** The result of the rotate stage. */
export function rotationResult(
  { whole }: RotateOutcome,
  folder: string,
): Pick<RunResult, 'rotated' | 'unresolved'> {
  const done = whole?.rotate;
  const relative = <E extends { file: string }>(entry: E): E => ({
    ...entry,
    file: path.relative(folder, entry.file),
  });
  return {
    rotated: (done?.rotated ?? []).map(relative),
    unresolved: (done?.unresolved ?? []).map(relative),
  };
}

/** The errors of targets and of configs, each once. */
export function runErrors({ errors, whole }: RotateOutcome, folder: string): BakeError[] {
  const failed = [...errors, ...relativeErrors(whole?.rotate?.errors ?? [], folder)];
  // Targets that share a place share its errors.
  return [...new Map(failed.map((error) => [keyOf(error), error])).values()];
}

/** The same errors, with file names relative to `folder`. */
export function relativeErrors(errors: readonly BakeError[], folder: string): BakeError[] {
  return errors.map((error) => {
    const { file } = error.place;
    return file === undefined ? error : inFile(error, path.relative(folder, path.resolve(folder, file)));
  });
}

function keyOf({ code, message, place }: BakeError): string {
  return JSON.stringify([code, message, place]);
}

function imageEntries(item: TargetResults): ImageEntry[] {
  const build = item.render;
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

/** The counts, with the reasons for skipped rows, so that no output shows one without the other. */
export function verifyEntry({ passed, failed, skipped, reasons }: Verified): ImageEntry['verify'] {
  return { passed, failed, skipped, ...(reasons.length === 0 ? {} : { reasons }) };
}
