/** A transaction: its reads see its own writes, and its writes are committed together. */
import type { RowChange, Reader, Row } from './store.ts';

export interface Transaction extends Reader {
  put(table: string, key: string, row: Row): void;
  remove(table: string, key: string): void;
  /** The writes in order, only the last one of each key. */
  changes(): RowChange[];
}

export function begin(base: Reader): Transaction {
  const written = new Map<string, RowChange>();

  function write(table: string, key: string, row: Row | null): void {
    written.set(`${table}\n${key}`, [table, key, row]);
  }
  return {
    get(table, key) {
      const own = written.get(`${table}\n${key}`);
      return own ? (own[2] ?? undefined) : base.get(table, key);
    },
    list(table, prefix = '') {
      const own = [...written.values()].filter(([name, key]) => name === table && key.startsWith(prefix));
      const rows = base.list(table, prefix);
      if (own.length === 0) return rows;
      const replaced = new Set(own.map(([, key]) => base.get(table, key)));
      return [...rows.filter((row) => !replaced.has(row)), ...own.flatMap(([, , row]) => row ?? [])];
    },
    put: (table, key, row) => write(table, key, row),
    remove: (table, key) => write(table, key, null),
    changes: () => [...written.values()],
  };
}
