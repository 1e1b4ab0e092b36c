/** The store on disk: torn tails, damage, compaction, and processes that are killed while they write. */
import { spawn } from 'node:child_process';
import { appendFile, chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test, vi } from 'vitest';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openStateStore, type StateStore } from '../../src/sandbox/store/store.ts';
import { bundled } from './bundled.ts';
import { errorName, openAccount, temporaryFolder } from './account.ts';

/** Values of the counter table, in order. */
function counted(store: StateStore): number[] {
  return store.list('counter').map((row) => (row as { value: number }).value);
}

function count(store: StateStore, value: number): void {
  const key = String(value).padStart(8, '0');
  // Two rows in one transaction must appear together.
  store.commit([
    ['counter', key, { value }],
    ['twin', key, { value }],
  ]);
}

describe('the store', () => {
  test('opens with a prefix of the transactions wherever its journal is truncated', async () => {
    const folder = await temporaryFolder();
    const store = openStateStore(folder);
    for (let i = 1; i <= 6; i++) count(store, i);
    const journal = await readFile(path.join(folder, 'journal.jsonl'));
    const seen = new Set<number>();
    for (let length = 0; length <= journal.length; length++) {
      const torn = await temporaryFolder();
      await writeFile(path.join(torn, 'journal.jsonl'), journal.subarray(0, length));
      const again = openStateStore(torn);
      const values = counted(again);
      expect(values).toEqual([1, 2, 3, 4, 5, 6].slice(0, values.length));
      expect(again.list('twin')).toHaveLength(values.length);
      count(again, 7);
      // Read the journal again before it is compacted: the torn bytes must not precede the new line.
      const reopened = openStateStore(torn);
      expect(counted(reopened)).toEqual([...values, 7]);
      reopened.close();
      again.close();
      seen.add(values.length);
    }
    expect(seen).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    store.close();
  });

  test('reports a damaged line before valid lines', async () => {
    const folder = await temporaryFolder();
    const store = openStateStore(folder);
    for (let i = 1; i <= 3; i++) count(store, i);
    const file = path.join(folder, 'journal.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[1] = (lines[1] ?? '').replace('"value":2', '"value":9');
    await writeFile(file, lines.join('\n'));
    expect(() => openStateStore(folder)).toThrow(expect.objectContaining({ code: 'SANDBOX_STATE' }));
    await writeFile(file, [lines[0], lines[2], ''].join('\n'));
    expect(() => openStateStore(folder)).toThrow(expect.objectContaining({ code: 'SANDBOX_STATE' }));
    store.close();
  });

  test('reports a damaged snapshot', async () => {
    const folder = await temporaryFolder();
    openStateStore(folder).close();
    await appendFile(path.join(folder, 'state.json'), 'x');
    expect(() => openStateStore(folder)).toThrow(expect.objectContaining({ code: 'SANDBOX_STATE' }));
    await truncate(path.join(folder, 'state.json'), 5);
    await expect(openSandbox({ state: folder })).rejects.toMatchObject({ code: 'SANDBOX_STATE' });
  });

  test('applies a transaction once if a crash left it in both snapshot and journal', async () => {
    const folder = await temporaryFolder();
    const store = openStateStore(folder);
    count(store, 1);
    const journal = await readFile(path.join(folder, 'journal.jsonl'));
    store.close();
    await writeFile(path.join(folder, 'journal.jsonl'), journal);
    const again = openStateStore(folder);
    count(again, 2);
    again.close();
    expect(counted(openStateStore(folder))).toEqual([1, 2]);
  });

  test('compacts a long journal into its snapshot while it runs', async () => {
    const folder = await temporaryFolder();
    const store = openStateStore(folder);
    const padding = 'x'.repeat(100_000);
    for (let i = 0; i < 50; i++) store.commit([['big', String(i % 3), { i, padding }]]);
    expect((await readFile(path.join(folder, 'journal.jsonl'))).length).toBeLessThan(2_200_000);
    const again = openStateStore(folder);
    expect(again.list('big').map((row) => (row as { i: number }).i)).toEqual([48, 49, 47]);
    store.close();
  });

  test('reads the state of an earlier time', async () => {
    const store = openStateStore(await temporaryFolder());
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
    count(store, 1);
    clock.mockReturnValue(1060);
    count(store, 2);
    store.commit([['counter', '00000001', null]]);
    expect(counted(store)).toEqual([2]);
    expect(store.asOf(30).list('counter')).toEqual([{ value: 1 }]);
    clock.mockReturnValue(1061);
    expect(store.asOf(0).list('counter')).toEqual([{ value: 2 }]);
    clock.mockRestore();
    store.close();
  });
});

describe('a process that is killed while it writes', () => {
  test('leaves every confirmed transaction and no partial one', { timeout: 60_000 }, async () => {
    const child = await bundled('counter-child.ts');
    const folder = await temporaryFolder();
    let confirmed = 0;
    for (let round = 0; round < 20; round++) {
      const process_ = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise((resolve) => process_.once('exit', resolve));
      // The delay counts from the first transaction of the round, so that a slow start does not empty the round.
      let kill: NodeJS.Timeout | undefined;
      for await (const line of createInterface({ input: process_.stdout })) {
        kill ??= setTimeout(() => process_.kill('SIGKILL'), round * 7);
        confirmed = Number(line);
      }
      await ended;
      const store = openStateStore(folder);
      const values = counted(store);
      expect(values.at(-1) ?? 0).toBeGreaterThanOrEqual(confirmed);
      expect(values).toEqual(values.map((_, i) => i + 1));
      expect(store.list('twin')).toHaveLength(values.length);
      store.close();
    }
    expect(confirmed).toBeGreaterThanOrEqual(20);
  });
});

describe('the folder', () => {
  test.skipIf(process.getuid?.() === 0)('is refused if it is not writable', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o500);
    await expect(openSandbox({ state: folder })).rejects.toMatchObject({ code: 'FOLDER_UNWRITABLE' });
  });

  test('is refused if it is a file or lies below a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'file'), '');
    for (const state of ['file', 'file/below']) {
      await expect(openSandbox({ state: path.join(folder, state) })).rejects.toMatchObject({
        code: 'FOLDER_UNWRITABLE',
      });
    }
  });

  test('keeps the files of others', async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, 'mine'));
    const { sandbox } = await openAccount({ state: folder });
    await sandbox.close();
    expect(await errorName(readFile(path.join(folder, 'mine')))).toBe('Error');
  });
});
