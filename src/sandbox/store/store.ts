/**
 * Keeps the account's state: tables of rows in memory, and on disk a snapshot and a journal with one line per
 * transaction (fdatasync before the answer is sent). A process that dies leaves each transaction whole or not at all.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BakeError } from '../../errors/bake-error.ts';
import { readLine, writeLine } from './line.ts';

/** A row is plain JSON. A change with null deletes it. */
export type Row = object;
export type RowChange = [table: string, key: string, row: Row | null];

export interface Reader {
  get(table: string, key: string): Row | undefined;
  /** Rows of a table whose key starts with `prefix`, sorted by key. */
  list(table: string, prefix?: string): Row[];
}

export interface StateStore extends Reader {
  /** Applies all changes atomically and durably. Rows must not be mutated afterwards. */
  commit(changes: readonly RowChange[]): void;
  /** Forgets the history of the current state: `asOf` sees it as if it had always been there. */
  settle(): void;
  /** The state `ms` ago, which an eventually consistent read may see. */
  asOf(ms: number): Reader;
  /** True if the folder had no state. */
  fresh: boolean;
  /** Folds the journal into the snapshot and closes the files. */
  close(): void;
}

type Tables = Map<string, Map<string, Row>>;

interface Snapshot {
  format: 1;
  sequence: number;
  tables: Record<string, Record<string, Row>>;
}

interface Transaction {
  sequence: number;
  changes: RowChange[];
}

/** A longer journal is folded into the snapshot. */
const MAX_JOURNAL_BYTES = 2_000_000;
/** How long undo records are kept for `asOf`. */
const MEMORY_MS = 60_000;

/**
 * Opens the state in `folder`, which must exist and be used by this process alone.
 * @throws BakeError SANDBOX_STATE for damage other than a torn last line of the journal
 */
export function openStateStore(folder: string): StateStore {
  const snapshotFile = join(folder, 'state.json');
  const journalFile = join(folder, 'journal.jsonl');
  const fresh = !existsSync(snapshotFile) && !existsSync(journalFile);
  const { tables, sequence: start } = readSnapshot(snapshotFile);
  const journal = readJournal(journalFile);
  let sequence = start;
  for (const transaction of journal.transactions) {
    // After a crash between writing the snapshot and truncating the journal, both contain these lines.
    if (transaction.sequence <= start) continue;
    if (transaction.sequence !== sequence + 1) {
      throw new BakeError('SANDBOX_STATE', {
        path: journalFile,
        reason: `transaction ${sequence + 1} is missing`,
      });
    }
    apply(tables, transaction.changes);
    sequence = transaction.sequence;
  }
  const file = openSync(journalFile, 'a', 0o600);
  ftruncateSync(file, journal.goodBytes);
  let size = journal.goodBytes;
  const undo: { at: number; changes: RowChange[] }[] = [];

  function commit(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    const line = writeLine({ sequence: sequence + 1, changes } satisfies {
      sequence: number;
      changes: readonly RowChange[];
    });
    try {
      writeAll(file, line);
      fdatasyncSync(file);
    } catch (error) {
      // A half-written line before later ones would count as damage.
      ftruncateSync(file, size);
      throw error;
    }
    size += Buffer.byteLength(line);
    sequence++;
    remember(changes);
    apply(tables, changes);
    if (size > MAX_JOURNAL_BYTES) fold();
  }

  function remember(changes: readonly RowChange[]): void {
    const now = performance.now();
    while (undo[0] && undo[0].at < now - MEMORY_MS) undo.shift();
    const before = changes.map(([table, key]): RowChange => [
      table,
      key,
      tables.get(table)?.get(key) ?? null,
    ]);
    undo.push({ at: now, changes: before });
  }

  function fold(): void {
    const snapshot: Snapshot = {
      format: 1,
      sequence,
      tables: Object.fromEntries([...tables].map(([name, rows]) => [name, Object.fromEntries(rows)])),
    };
    replaceFile(snapshotFile, writeLine(snapshot));
    syncFolder(folder);
    ftruncateSync(file, 0);
    size = 0;
  }

  return {
    fresh,
    commit,
    ...reader(tables),
    asOf(ms) {
      const since = performance.now() - ms;
      const old: Tables = new Map();
      for (const { at, changes } of [...undo].reverse()) {
        if (at < since) break;
        for (const [table, key, row] of changes) {
          const rows = old.get(table) ?? new Map(tables.get(table));
          old.set(table, rows);
          if (row === null) rows.delete(key);
          else rows.set(key, row);
        }
      }
      return reader(new Map([...tables, ...old]));
    },
    settle() {
      fold();
      undo.length = 0;
    },
    close() {
      if (size > 0 || fresh) fold();
      closeSync(file);
    },
  };
}

function reader(tables: Tables): Reader {
  return {
    get: (table, key) => tables.get(table)?.get(key),
    list(table, prefix = '') {
      const rows = [...(tables.get(table) ?? [])].filter(([key]) => key.startsWith(prefix));
      return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    },
  };
}

function apply(tables: Tables, changes: readonly RowChange[]): void {
  for (const [table, key, row] of changes) {
    const rows = tables.get(table) ?? new Map<string, Row>();
    tables.set(table, rows);
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
}

function readSnapshot(file: string): { tables: Tables; sequence: number } {
  const text = readOrEmpty(file);
  if (text === '') return { tables: new Map(), sequence: 0 };
  const line = text.endsWith('\n') ? readLine(text.slice(0, -1)) : undefined;
  const snapshot = line?.value as Snapshot | undefined;
  if (snapshot?.format !== 1) {
    throw new BakeError('SANDBOX_STATE', {
      path: file,
      reason: 'it is damaged or was written by another version of bake',
    });
  }
  const tables = Object.entries(snapshot.tables).map(
    ([name, rows]) => [name, new Map(Object.entries(rows))] as [string, Map<string, Row>],
  );
  return { tables: new Map(tables), sequence: snapshot.sequence };
}

/** The transactions of the journal, without a torn last line. @throws BakeError if a bad line precedes a good one */
function readJournal(file: string): { transactions: Transaction[]; goodBytes: number } {
  const text = readOrEmpty(file);
  const transactions: Transaction[] = [];
  let goodBytes = 0;
  const lines = text.split('\n');
  // Text after the last newline is an unfinished line.
  lines.pop();
  for (const [i, line] of lines.entries()) {
    const read = readLine(line);
    if (!read) {
      if (lines.slice(i + 1).some((later) => readLine(later))) {
        throw new BakeError('SANDBOX_STATE', { path: file, reason: `line ${i + 1} is damaged` });
      }
      break;
    }
    transactions.push(read.value as Transaction);
    goodBytes += Buffer.byteLength(line) + 1;
  }
  return { transactions, goodBytes };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new BakeError('SANDBOX_STATE', { path: file, reason: (error as Error).message }, { cause: error });
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Replaces a file atomically: temporary file, fsync, rename. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeAll(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
