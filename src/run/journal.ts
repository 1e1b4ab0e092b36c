/**
 * Writes the journal of a run, `.bakery/runs/<run>/journal.jsonl`: one line for each fact, on disk before the next write
 * to AWS. It only makes resuming exact, because it names the run of a killed command and so the tokens of its requests.
 * The state itself is in AMI tags, SSM parameters and git.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { makeFolder } from '../util/files.ts';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';

export type JournalLine =
  | { type: 'begin'; run: string; intent: string; owner: Owner; at: string }
  | { type: 'resume'; owner: Owner; at: string }
  | { type: 'stage'; stage: string; target: string; state: 'begun' | 'done'; at: string }
  | { type: 'fact'; target: string; fact: Record<string, string>; at: string }
  | { type: 'end'; outcome: 'done' | 'failed' | 'interrupted'; at: string };

export interface Journal {
  run: string;
  /** An absolute path; the folder exists only after the first write. */
  folder: string;
  /** Whether this run resumes a run that was killed. */
  resumed: boolean;
  /** True once the run has written anything. */
  begun(): boolean;
  stage(stage: string, target: string, state: 'begun' | 'done'): void;
  fact(target: string, fact: Record<string, string>): void;
  end(outcome: 'done' | 'failed' | 'interrupted'): void;
}

/**
 * Opens the journal of this command: the unfinished one of a killed run with the same intent, or a new one. Nothing is
 * written before the first fact, so that an unchanged run leaves no file.
 * @param runs the absolute path of .bakery/runs
 * @param intent the digest of the request
 */
export function openJournal(runs: string, intent: string, now: () => Date): Journal {
  const resumed = findUnfinished(runs, intent);
  const run = resumed ?? randomBytes(4).toString('hex');
  const folder = path.join(runs, run);
  let file: number | undefined;

  function write(line: JournalLine): void {
    file ??= open();
    fs.writeSync(file, `${JSON.stringify(line)}\n`);
    fs.fdatasyncSync(file);
  }
  function open(): number {
    try {
      makeFolder(folder);
      const opened = fs.openSync(path.join(folder, 'journal.jsonl'), 'a');
      file = opened;
      const at = now().toISOString();
      const owner = thisProcess();
      write(
        resumed === undefined ? { type: 'begin', run, intent, owner, at } : { type: 'resume', owner, at },
      );
      return opened;
    } catch (error) {
      throw new BakeError('FOLDER_UNWRITABLE', { path: folder, reason: (error as Error).message });
    }
  }
  const at = (): string => now().toISOString();
  const journal: Journal = {
    run,
    folder,
    resumed: resumed !== undefined,
    begun: () => file !== undefined,
    stage: (stage, target, state) => write({ type: 'stage', stage, target, state, at: at() }),
    fact: (target, fact) => write({ type: 'fact', target, fact, at: at() }),
    end(outcome) {
      // A resumed run with nothing left to do still closes the old journal.
      if (file === undefined && resumed === undefined) return;
      write({ type: 'end', outcome, at: at() });
      fs.closeSync(file as number);
    },
  };
  ofThisProcess.add(journal);
  return journal;
}

/** The journals that this process opened, for writtenSoFar(). */
const ofThisProcess = new Set<Journal>();

/**
 * Describes what this process has written so far, from its journals; undefined: it opened none.
 * @param command the command line
 */
export function writtenSoFar(command: string): string | undefined {
  if (ofThisProcess.size === 0) return undefined;
  const lines = [...ofThisProcess].flatMap(({ folder }) => readJournal(path.join(folder, 'journal.jsonl')));
  const stages = new Map<string, string>();
  for (const line of lines) {
    if (line.type === 'stage') stages.set(`${line.stage} ${line.target}`.trim(), line.state);
  }
  if (stages.size === 0) return 'nothing had been written: by the journal, no stage had begun to write';
  const list = [...stages].map(([stage, state]) => `${stage} ${state === 'done' ? 'was done' : 'had begun'}`);
  return `some things had been written (${list.join(', ')}); this resumes the work: ${command}`;
}

/** Finds the newest unfinished run of a dead process with the same intent. */
function findUnfinished(runs: string, intent: string): string | undefined {
  let names: string[];
  try {
    names = fs.readdirSync(runs);
  } catch {
    return undefined;
  }
  const open = names.flatMap((name) => {
    const lines = readJournal(path.join(runs, name, 'journal.jsonl'));
    const first = lines[0];
    if (first?.type !== 'begin' || first.intent !== intent) return [];
    if (lines.some((line) => line.type === 'end')) return [];
    const owner = lines.reduce((last, line) => ('owner' in line ? line.owner : last), first.owner);
    return checkOwner(owner) === 'dead' ? [{ name, at: first.at }] : [];
  });
  return open.sort((a, b) => (a.at < b.at ? 1 : -1))[0]?.name;
}

/** Reads the lines of a journal, without a last line that a crash left incomplete. Never throws. */
export function readJournal(file: string): JournalLine[] {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null && 'type' in value ? [value as JournalLine] : [];
    } catch {
      return [];
    }
  });
}
