/** Owns the writing of a build's log stream: lines gathered and made durable a few times a second. */
import type { Reader } from '../store/store.ts';
import { keyOf, listRows, putRow, type BuildRow, type LogRow } from '../tables.ts';
import type { Transact } from './builder.ts';

/** Ordinary lines beyond this many characters are dropped with a note; report lines never are. */
const MAX_CHARACTERS = 8_000_000;
const FLUSH_MS = 100;
/** An event may have 256 kB less its overhead (CloudWatch Logs API reference, InputLogEvent); longer lines are cut. */
const MAX_LINE = 250_000;

export interface BuildLog {
  write(line: string): void;
  /** As write, but never dropped. */
  report(line: string): void;
  flush(): void;
  /** Flushes and stops the timer. */
  close(): void;
}

export function openBuildLog(build: BuildRow, now: () => Date, transact: Transact): BuildLog {
  // A retry goes on in the same stream.
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
    const key = keyOf(build.region, build.logGroup, stream, String(number).padStart(8, '0'));
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
      if (!full) push('(the sandbox keeps no more of this log)');
      full = true;
    },
    report: push,
    flush,
    close() {
      flush();
    },
  };
}

/** Takes away what an interrupted attempt of the same build has written. */
export function dropBuildLog(build: BuildRow, transact: Transact): void {
  const stream = `${build.version}/${build.build}`;
  transact(({ state }) => {
    for (const row of logChunks(state, build)) {
      state.remove('log', keyOf(build.region, build.logGroup, stream, String(row.chunk).padStart(8, '0')));
    }
  });
}

function logChunks(state: Reader, build: BuildRow): LogRow[] {
  return listRows(state, 'log', build.region, build.logGroup, `${build.version}/${build.build}`);
}
