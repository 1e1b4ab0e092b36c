/** Owns what threads are asked to do: find references, or write edits. Each loads its part with the first batch. */
import type { AppliedFiles, ApplySettings, FileEdits } from './apply.ts';
import type { Scanned, ScanSettings } from './scan.ts';
import type { Candidate } from './walk.ts';

export interface Kinds {
  find: { settings: ScanSettings; job: Candidate; result: Scanned };
  apply: { settings: Pick<ApplySettings, 'folder'>; job: FileEdits; result: AppliedFiles };
}

export type Kind = keyof Kinds;

/** Plain data: it crosses a thread's border. */
export type Task = { [K in Kind]: { kind: K; settings: Kinds[K]['settings'] } }[Kind];

/** Does a batch. */
export type Work = (jobs: readonly Kinds[Kind]['job'][]) => Promise<Kinds[Kind]['result']>;

/** @param isStopped asked before each file: what has begun is ended */
export async function workOn(task: Task, isStopped: () => boolean): Promise<Work> {
  if (task.kind === 'find') {
    const { scanFiles } = await import('./scan.ts');
    return (jobs) => scanFiles(jobs as Candidate[], task.settings, isStopped);
  }
  const { applyFiles } = await import('./apply.ts');
  const settings: ApplySettings = { ...task.settings, swept: new Set(), isStopped };
  return (jobs) => applyFiles(jobs as FileEdits[], settings);
}
