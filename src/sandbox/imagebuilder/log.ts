/** Writes the log stream of a build: collects lines and makes them durable several times a second. */
import type { Reader } from '../store/store.ts';
import { rowKey, listRows, putRow, type BuildRow, type LogRow } from '../tables.ts';
import type { Transact } from './builder.ts';

/** Beyond this many characters the log drops lines and says so once. It never drops report lines. */
const MAX_CHARACTERS = 8_000_000;
const FLUSH_MS = 100;
/** Longer lines are cut: an event has at most 256 KB with its overhead (CloudWatch Logs API reference, InputLogEvent). */
const MAX_LINE = 250_000;

export interface BuildLog {
  write(line: string): void;
  /** Writes a report line, which is never dropped. */
  report(line: string): void;
  flush(): void;
  /** Flushes and stops the timer. */
  close(): void;
}

export function openBuildLog(build: BuildRow, now: () => Date, transact: Transact): BuildLog {
  // A retry appends to the same stream.
  let chunk = transact(({ state }) => logChunks(state, build).length);
  let size = 0;
  let full = false;
  let waiting: [number, string][] = [];
  let timer: NodeJS.Timeout | undefined;

  function push(line: string): void {
    waiting.push([now().getTime(), line.slice(0, MAX_LINE)]);
    timer ??= setTimeout(flush, FLUSH_MS);
  }
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    const stream = `${build.version}/${build.build}`;
    const number = chunk++;
    const key = rowKey(build.region, build.logGroup, stream, String(number).padStart(8, '0'));
    transact(({ state }) =>
      putRow(state, 'log', key, {
        region: build.region,
        group: build.logGroup,
        stream,
        chunk: number,
        events,
      }),
    );
  }

  return {
    write(line) {
      size += line.length;
      if (size <= MAX_CHARACTERS) return push(line);
      if (!full) push('(the sandbox drops further lines of this log)');
      full = true;
    },
    report: push,
    flush,
    close() {
      flush();
    },
  };
}

/** Removes the lines that an interrupted attempt of the same build wrote. */
export function dropBuildLog(build: BuildRow, transact: Transact): void {
  const stream = `${build.version}/${build.build}`;
  transact(({ state }) => {
    for (const row of logChunks(state, build)) {
      state.remove('log', rowKey(build.region, build.logGroup, stream, String(row.chunk).padStart(8, '0')));
    }
  });
}

function logChunks(state: Reader, build: BuildRow): LogRow[] {
  return listRows(state, 'log', build.region, build.logGroup, `${build.version}/${build.build}`);
}
