/** Tests what all hosts share (results, errors, questions, masking), and the plain host. */
import { describe, expect, test } from 'vitest';
import { openHost, type HostOptions } from '../../../src/cli/host/open.ts';
import { BakeError } from '../../../src/errors/bake-error.ts';
import { fakeTerminal } from './streams.ts';

const OPTIONS: HostOptions = { json: false, quiet: false, verbose: false, noColor: false, yes: false };

const wrong = new BakeError(
  'CONFIG_VALUE',
  { path: 'targets[0].os', expected: 'an OS id', found: 'alinx2' },
  { place: { file: 'bakery.yaml', line: 12, column: 9, excerpt: '  - os: alinx2\n        ^' } },
);

function open(options: Partial<HostOptions> = {}, more: Parameters<typeof fakeTerminal>[0] = {}) {
  const terminal = fakeTerminal(more);
  return { terminal, host: openHost(terminal.proc, { ...OPTIONS, ...options }) };
}

describe('a result', () => {
  test('is human text without --json and one JSON line with it', () => {
    const [human, json] = [open(), open({ json: true })];
    for (const { host } of [human, json]) host.result({ a: ['é', 1] }, () => 'a is 1');
    expect(human.terminal.stdout.text).toBe('a is 1\n');
    expect(json.terminal.stdout.text).toBe('{"a":["é",1]}\n');
  });

  test('is silent with --quiet, but not with --quiet --json', () => {
    const [quiet, both] = [open({ quiet: true }), open({ quiet: true, json: true })];
    for (const { host } of [quiet, both]) host.result({ a: 1 }, () => 'a is 1');
    expect(quiet.terminal.stdout.text).toBe('');
    expect(both.terminal.stdout.text).toBe('{"a":1}\n');
  });
});

describe('errors', () => {
  test('are all shown with code, place, excerpt and next step', () => {
    const { host, terminal } = open();
    host.error([wrong, new BakeError('NOTHING_NAMED', {})]);
    expect(terminal.stdout.text).toBe('');
    expect(terminal.stderr.text).toBe(
      [
        '✗ CONFIG_VALUE targets[0].os: expected an OS id, found alinx2',
        '  bakery.yaml:12:9',
        '      - os: alinx2',
        '            ^',
        '  → `bake explain bakery.yaml` shows a commented example',
        '✗ NOTHING_NAMED no target was named: neither --os nor --all was given',
        '  → run `bake --os alinux2` for one OS, or `bake --all` for every target in bakery.yaml',
        '',
      ].join('\n'),
    );
  });

  test('are the document on stdout with --json', () => {
    const { host, terminal } = open({ json: true });
    host.error([wrong]);
    expect(JSON.parse(terminal.stdout.text)).toEqual({
      errors: [
        {
          code: 'CONFIG_VALUE',
          message: wrong.message,
          file: 'bakery.yaml',
          line: 12,
          column: 9,
          hint: wrong.hint,
        },
      ],
    });
  });

  test('add no second document after a result', () => {
    const { host, terminal } = open({ json: true });
    host.result({ a: 1 }, () => '');
    host.error([wrong]);
    expect(terminal.stdout.text).toBe('{"a":1}\n');
    expect(terminal.stderr.text).toContain('CONFIG_VALUE');
  });

  test('are shown even with --quiet', () => {
    const { host, terminal } = open({ quiet: true });
    host.error([wrong]);
    expect(terminal.stderr.text).toContain('CONFIG_VALUE');
  });

  test('that are bugs of bake show the stack and ask for a report', () => {
    const { host, terminal } = open();
    const cause = new TypeError('x is undefined');
    host.error([new BakeError('INTERNAL', { message: cause.message, stack: '' }, { cause })]);
    expect(terminal.stderr.text).toContain('please report it');
    expect(terminal.stderr.text).toMatch(/TypeError: x is undefined\n {8}at .*open\.test\.ts/);
  });
});

describe('a secret', () => {
  test('from the environment does not leak through result, error, event or summary', () => {
    const token = 'ghs_0123456789/+"abcdef';
    const env = { GITHUB_TOKEN: token, GITHUB_ACTIONS: 'true' };
    for (const json of [true, false]) {
      const { host, terminal } = open({ json, verbose: true }, { env });
      const basic = Buffer.from(`x:${token}`).toString('base64');
      host.emit({ type: 'note', text: `token ${token}` });
      host.emit({ type: 'output', stage: 'bake', source: 's', line: `Authorization: Basic ${basic}` });
      host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: encodeURIComponent(token) });
      host.error([
        new BakeError(
          'CONFIG_VALUE',
          { path: 'a', expected: 'b', found: token },
          { place: { excerpt: token } },
        ),
      ]);
      const other = open({ json }, { env });
      other.host.result({ [token]: token, basic }, () => `${token} ${basic}`);
      const all = terminal.stderr.text + terminal.stdout.text + other.terminal.stdout.text;
      expect(all).toContain('***');
      for (const leak of [token, encodeURIComponent(token), JSON.stringify(token).slice(1, -1), basic]) {
        expect(all).not.toContain(leak);
      }
    }
  });
});

describe('a question', () => {
  test('is answered with yes without a terminal, and with --yes', async () => {
    expect(await open().host.confirm('Go on?')).toBe(true);
    const { host, terminal } = open({ yes: true }, { tty: true });
    expect(await host.confirm('Go on?')).toBe(true);
    expect(terminal.stderr.text).toBe('');
  });

  test.each([
    ['\n', true],
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['what?\n', false],
  ])('answered %j means %s', async (answer, wanted) => {
    const { host, terminal } = open({}, { tty: true, env: { TERM: 'dumb' } });
    const asked = host.confirm('Go on?');
    terminal.stdin.write(answer);
    expect(await asked).toBe(wanted);
  });

  test('that the end of input interrupts is INTERRUPTED', async () => {
    const { host, terminal } = open({}, { tty: true, env: { TERM: 'dumb' } });
    const asked = host.confirm('Go on?');
    terminal.stdin.end();
    await expect(asked).rejects.toMatchObject({ code: 'INTERRUPTED', exit: 130 });
  });
});

describe('plain lines', () => {
  test('show starts and ends, and progress at intervals', () => {
    const { host, terminal } = open();
    host.emit({ type: 'runStarted', version: '0.1.0', run: 'abc', sandbox: true, command: 'bake' });
    host.emit({ type: 'stageStarted', stage: 'bake', target: 't' });
    for (let done = 1; done <= 50; done++) {
      host.emit({ type: 'stageProgress', stage: 'bake', target: 't', text: 'x', done, total: 50 });
    }
    host.emit({ type: 'stageFinished', stage: 'bake', target: 't', outcome: 'unchanged', text: 'same' });
    host.emit({ type: 'warning', text: 'careful', file: 'a.yaml', line: 3 });
    expect(terminal.stderr.text.split('\n')).toEqual([
      'bake 0.1.0 · sandbox: no AWS account is touched · run abc',
      '• bake     t · same',
      '! careful (a.yaml:3)',
      '',
    ]);
  });

  test('are only warnings and failures with --quiet', () => {
    const { host, terminal } = open({ quiet: true });
    host.emit({ type: 'note', text: 'hello' });
    host.emit({ type: 'warning', text: 'careful' });
    host.emit({ type: 'stageFailed', stage: 'bake', text: 'boom' });
    expect(terminal.stderr.text).toBe('! careful\n✗ bake     boom\n');
  });
});
