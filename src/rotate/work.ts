/** The two tasks of a rotation, finding references and writing edits, in a form that threads can receive. */
import { type BakeError, errorOf, type Fault, faultOf } from '../errors/bake-error.ts';
import type { AppliedFiles, ApplySettings, FileEdits } from './apply.ts';
import type { Batch } from './batches.ts';
import type { FileFindings } from './format.ts';
import type { Scanned, ScanSettings } from './scan.ts';
import type { Candidate } from './walk.ts';

export interface Kinds {
  find: { settings: ScanSettings; job: Candidate; result: Scanned };
  apply: { settings: Pick<ApplySettings, 'folder'>; job: FileEdits; result: AppliedFiles };
}

/** WithFaults data. */
export type Task = { [K in keyof Kinds]: { kind: K; settings: Kinds[K]['settings'] } }[keyof Kinds];

export type AnyBatch = Batch<Kinds[keyof Kinds]['job']>;
export type AnyResult = Kinds[keyof Kinds]['result'];

/** Runs one batch. */
export type Work = (jobs: AnyBatch['jobs']) => Promise<AnyResult>;

/**
 * Loads only the code of the task.
 * @param isStopped is asked before each file; a file that has begun is completed
 */
export async function workOn(task: Task, isStopped: () => boolean): Promise<Work> {
  if (task.kind === 'find') {
    const { scanFiles } = await import('./scan.ts');
    return (jobs) => scanFiles(jobs as Candidate[], task.settings, isStopped);
  }
  const { applyFiles } = await import('./apply.ts');
  const settings: ApplySettings = { ...task.settings, cleaned: new Set<string>(), isStopped };
  return (jobs) => applyFiles(jobs as FileEdits[], settings);
}

/** A result that contains faults instead of errors, because an error loses its class between threads. */
export type WithFaults<T> = T extends { errors: BakeError[] }
  ? { [K in keyof T]: K extends 'errors' ? Fault[] : K extends 'found' ? WithFaults<FileFindings>[] : T[K] }
  : never;

export function withFaults(result: AnyResult): WithFaults<AnyResult> {
  const errors = result.errors.map(faultOf);
  if (!('found' in result)) return { ...result, errors };
  const found = result.found.map((one) => ({ ...one, errors: one.errors.map(faultOf) }));
  return { ...result, found, errors };
}

/** Reverses withFaults(). */
export function withErrors(result: WithFaults<AnyResult>): AnyResult {
  const errors = result.errors.map(errorOf);
  if (!('found' in result)) return { ...result, errors };
  const found = result.found.map((one) => ({ ...one, errors: one.errors.map(errorOf) }));
  return { ...result, found, errors };
}
