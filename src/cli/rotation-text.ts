/** Shows a rotation: the table, the effects of updates, the unified diff. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Edit } from '../rotate/format.ts';
import { count } from '../util/count.ts';
import { columns, table } from '../text/tables.ts';
import type { Proposed } from '../rotate/pr/propose.ts';
import { PULL_REQUEST_TEXT, type Rotation } from '../jobs/rotation/rotation.ts';

/** More rows do not fit on a screen. */
const MOST_ROWS = 200;

/** @param written whether the files were written */
export function rotationText(
  { rotated, unresolved, updates }: Pick<Rotation, 'rotated' | 'unresolved' | 'updates'>,
  written: boolean,
  width = Infinity,
): string {
  if (rotated.length + unresolved.length === 0) return 'nothing is stale';
  const rows = [
    ...rotated.map((entry) => [
      written ? 'rotated' : 'stale',
      place(entry),
      entry.path,
      `${entry.from} → ${entry.to ?? '?'}`,
    ]),
    ...unresolved.map((entry) => ['unresolved', place(entry), entry.path, `${entry.found}: ${entry.reason}`]),
  ];
  const cut = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more: --json lists all`] : [];
  return [
    table(['WHAT', 'WHERE', 'PATH', 'IMAGE'], rows.slice(0, MOST_ROWS), width),
    ...cut,
    ...updatesText(updates, width),
  ].join('\n');
}

/** One line for each file and effect: `clusters/prod.yaml  2 queues  live, DRAIN: …`. */
function updatesText(updates: Rotation['updates'], width: number): string[] {
  const groups = new Map<string, { file: string; scope: string; text: string; times: number }>();
  for (const { file, scope, text } of updates) {
    const key = `${file}\0${scope}\0${text}`;
    const group = groups.get(key) ?? { file: path.normalize(file), scope, text, times: 0 };
    group.times += 1;
    groups.set(key, group);
  }
  const rows = [...groups.values()]
    .slice(0, MOST_ROWS)
    .map(({ file, scope, text, times }) => [file, times === 1 ? scope : `${times} × ${scope}`, text]);
  return rows.length === 0 ? [] : ['', 'What an update does', columns(rows, '  ', width)];
}

function place(entry: { file: string; line: number }): string {
  return `${path.normalize(entry.file)}:${entry.line}`;
}

/**
 * The changes in the format of `git apply`. A file that no longer exists is left out; the write reports it.
 * @param cwd the folder that file names are relative to
 */
export async function diffText(edits: readonly Edit[], cwd: string): Promise<string> {
  const { unifiedDiff } = await import('../rotate/diff.ts');
  const { editsByFile } = await import('../rotate/splice.ts');
  let text = '';
  for (const [file, own] of editsByFile(edits)) {
    const bytes = await fs.readFile(file).catch(() => undefined);
    const name = path.relative(cwd, file).split(path.sep).join('/');
    if (bytes) text += unifiedDiff(name, bytes, own);
  }
  return text;
}

/** The question before anything is written. */
export function question(
  { rotated, edits }: Pick<Rotation, 'rotated' | 'edits'>,
  { pr, remote }: { pr: boolean; remote: boolean } = { pr: false, remote: false },
): string {
  const files = new Set(edits.map(({ file }) => file)).size;
  const what = `${count(rotated.length, 'reference')} in ${count(files, 'file')}`;
  if (!pr) return `Write ${what}?`;
  return remote ? `Push ${what} as a branch with a pull request?` : `Commit ${what} to a branch?`;
}

/** The result of --pr, and the next step. */
export function proposedText({ branch, commit, outcome, number, url }: Proposed): string {
  const short = commit.slice(0, 12);
  if (number === null) {
    const state = outcome === 'unchanged' ? 'is up to date' : 'is written';
    return `branch ${branch} ${state} (${short}); the working tree is unchanged\nNext: git push origin ${branch} · the text for the pull request is in ${PULL_REQUEST_TEXT}`;
  }
  const state = outcome === 'unchanged' ? 'is up to date' : `was ${outcome}`;
  return `pull request #${number} ${state}: ${url} (${branch}, ${short})`;
}
