/** Tests the live region by replaying it on a small screen. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openHost, type HostOptions } from '../../../src/cli/host/open.ts';
import type { Host } from '../../../src/jobs/host.ts';
import { fakeTerminal, screen, type FakeTerminal } from './streams.ts';

const PLAIN: HostOptions = { json: false, quiet: false, verbose: false, noColor: true, yes: false };

function open(
  columns = 60,
  more: Partial<HostOptions> = {},
  env: Record<string, string> = {},
): { host: Host; terminal: FakeTerminal } {
  const terminal = fakeTerminal({ tty: true, columns, rows: 10, env: { LANG: 'C.UTF-8', ...env } });
  return { host: openHost(terminal.proc, { ...PLAIN, ...more }), terminal };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a terminal', () => {
  test('shows one live line for each target, and finished lines above it', () => {
    const { host, terminal } = open();
    host.emit({ type: 'stageStarted', stage: 'bake', target: 'alinux2 x86_64' });
    host.emit({ type: 'stageStarted', stage: 'bake', target: 'rocky9 x86_64' });
    host.emit({
      type: 'stageProgress',
      stage: 'bake',
      target: 'rocky9 x86_64',
      text: 'trust',
      done: 2,
      total: 7,
    });
    vi.advanceTimersByTime(4_100);
    host.emit({
      type: 'stageFinished',
      stage: 'bake',
      target: 'alinux2 x86_64',
      outcome: 'done',
      text: 'ami-1',
    });
    const lines = screen(terminal.stderr.text, 60);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('✓ bake     alinux2 x86_64 · ami-1');
    expect(lines[1]).toMatch(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] bake {5}rocky9 x86_64 · 2\/7 trust +0:04$/);
    host.close();
  });

  test('shows only the name of a stage without progress', () => {
    const { host, terminal } = open();
    host.emit({ type: 'stageStarted', stage: 'bake', target: 'alinux2 x86_64' });
    expect(screen(terminal.stderr.text, 60)[0]).toMatch(/^. bake {5}alinux2 x86_64 +0:00$/);
    host.close();
  });

  test('is clean and has its cursor after the host closes', () => {
    const { host, terminal } = open();
    host.emit({ type: 'stageStarted', stage: 'bake' });
    expect(terminal.stderr.text).toContain('\u001b[?25l');
    host.close();
    expect(screen(terminal.stderr.text, 60)).toEqual(['']);
    expect(terminal.stderr.text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      terminal.stderr.text.lastIndexOf('\u001b[?25l'),
    );
  });

  test('never shows a live line that is wider than the screen, even with wide characters', () => {
    const { host, terminal } = open(30);
    host.emit({ type: 'stageProgress', stage: 'bake', text: '日本語'.repeat(20) });
    host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: 'ok' });
    expect(screen(terminal.stderr.text, 30)).toEqual(['✓ bake     ok', '']);
    host.close();
  });

  test('clears a region that wrapped in a narrower window', () => {
    const { host, terminal } = open(60);
    host.emit({ type: 'stageProgress', stage: 'bake', text: 'x'.repeat(50) });
    const before = terminal.stderr.text;
    Object.assign(terminal.proc.stderr, { columns: 20 });
    host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: 'ok' });
    // 59 columns take three lines of 20: two up.
    expect(terminal.stderr.text.slice(before.length)).toContain('\u001b[2A\r\u001b[J');
    host.close();
  });

  test('shows as many targets as it has lines', () => {
    const { host, terminal } = open(60);
    for (let i = 1; i <= 20; i++) host.emit({ type: 'stageStarted', stage: 'bake', target: `os${i}` });
    const lines = screen(terminal.stderr.text, 60);
    expect(lines).toHaveLength(8);
    expect(lines.at(-1)).toBe('  … and 13 more');
    host.close();
  });

  test('puts a result on stdout without the live region in between', () => {
    const { host, terminal } = open();
    host.emit({ type: 'stageStarted', stage: 'bake' });
    host.result({ a: 1 }, () => 'done\n');
    expect(screen(terminal.stderr.text, 60)).toEqual(['']);
    expect(terminal.stdout.text).toBe('done\n');
    host.close();
  });

  test('uses ASCII where the locale is not UTF-8', () => {
    const { host, terminal } = open(60, {}, { LC_ALL: 'C' });
    host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: 'a → b · c' });
    // oxlint-disable-next-line no-control-regex -- checks that the text is ASCII
    expect(terminal.stderr.text.replace(/\u001b\[[?\d]*[a-zA-Z]/g, '')).toBe('+ bake     a -> b - c\n');
    host.close();
  });

  test('shows the output of steps only with --verbose, without their escape sequences', () => {
    const event = {
      type: 'output',
      stage: 'bake',
      source: 'trust',
      line: '\u001b[2J\u001b]0;pwned\u0007hi\u0000',
    } as const;
    const [quiet, verbose] = [open(), open(60, { verbose: true })];
    quiet.host.emit(event);
    verbose.host.emit(event);
    expect(quiet.terminal.stderr.text).toBe('');
    expect(screen(verbose.terminal.stderr.text, 60)).toEqual(['    trust: hi\ufffd', '']);
    expect(verbose.terminal.stderr.text).not.toContain('\u001b[2J');
  });

  test('masks a secret before the line is cut to the width', () => {
    const { host, terminal } = open(24);
    host.secret('correct-horse-battery-staple');
    host.emit({ type: 'stageProgress', stage: 'bake', text: 'correct-horse-battery-staple' });
    expect(terminal.stderr.text).not.toContain('corr');
    host.close();
  });
});

describe('colours', () => {
  const colour = /\u001b\[3\dm/; // oxlint-disable-line no-control-regex -- SGR sequences

  test.each([
    ['are there in a terminal', {}, {}, true],
    ['go with --no-color', { noColor: true }, { FORCE_COLOR: '1' }, false],
    ['go with NO_COLOR', {}, { NO_COLOR: '1' }, false],
    ['come back with FORCE_COLOR', {}, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['go in a dumb terminal', {}, { TERM: 'dumb' }, false],
  ] as const)('%s', (_, options, env, wanted) => {
    const { host, terminal } = open(60, { noColor: false, ...options }, env);
    host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: 'ok' });
    expect(colour.test(terminal.stderr.text)).toBe(wanted);
    host.close();
  });
});
