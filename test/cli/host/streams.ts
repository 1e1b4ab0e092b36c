/** Streams and a terminal for tests of hosts: they record what is written and can replay it on a small screen. */
import { PassThrough } from 'node:stream';
import type { Terminal } from '../../../src/cli/host/open.ts';

interface Written {
  text: string;
}

export interface FakeTerminal {
  proc: Terminal;
  stdin: PassThrough & { isTTY?: boolean };
  stdout: Written;
  stderr: Written;
}

export function fakeTerminal(options: {
  tty?: boolean;
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  cwd?: string;
}): FakeTerminal {
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
  stdin.isTTY = options.tty ?? false;
  const [stdout, stderr] = [sink(options), sink(options)];
  const proc = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: options.env ?? {},
    cwd: () => options.cwd ?? '/',
  };
  return { proc, stdin, stdout: stdout.written, stderr: stderr.written };
}

function sink(options: { tty?: boolean; columns?: number; rows?: number }): {
  stream: PassThrough;
  written: Written;
} {
  const written = { text: '' };
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => (written.text += chunk.toString('utf8')));
  return {
    stream: Object.assign(stream, {
      isTTY: options.tty ?? false,
      columns: options.columns ?? 80,
      rows: options.rows ?? 24,
    }),
    written,
  };
}

const ESC = '\u001b';

/** Replays text with cursor moves on a screen of `columns`. @returns its lines without trailing spaces */
export function screen(text: string, columns: number): string[] {
  const lines: string[][] = [[]];
  let [row, column] = [0, 0];
  const tokens = text.matchAll(new RegExp(String.raw`${ESC}\[(\??[\d;]*)([A-Za-z])|[^]`, 'gu'));
  for (const [token, argument, command] of tokens) {
    if (command === 'A') row = Math.max(0, row - Number(argument || 1));
    else if (command === 'J') {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? []).slice(0, column);
    } else if (command !== undefined) continue;
    else if (token === '\r') column = 0;
    else if (token === '\n') [row, column] = [row + 1, 0];
    else {
      if (column === columns) [row, column] = [row + 1, 0];
      while (lines.length <= row) lines.push([]);
      lines[row]?.splice(column, 1, token);
      column += 1;
    }
    while (lines.length <= row) lines.push([]);
  }
  return lines.map((line) =>
    Array.from(line, (cell) => cell ?? ' ')
      .join('')
      .trimEnd(),
  );
}
