/** Tests the output on GitHub Actions: groups, annotations, summary, and escaping of the output of programs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openHost } from '../../../src/cli/host/open.ts';
import { BakeError } from '../../../src/errors/bake-error.ts';
import { fakeTerminal } from './streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'bake-github-'));
afterAll(() => rmSync(folder, { recursive: true }));

function open(env: Record<string, string> = {}, cwd = folder) {
  const terminal = fakeTerminal({ cwd, env: { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder, ...env } });
  return {
    terminal,
    host: openHost(terminal.proc, { json: false, quiet: false, verbose: false, noColor: false, yes: false }),
  };
}

/** Finds workflow commands: `::name` at a line's start, or `##[name]` anywhere. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^\s*::([a-z-]+)|##\[([a-z-]+)/gm)].map(([, name, old]) => name ?? old ?? '');
}

describe('GitHub Actions', () => {
  test('shows one group for each stage and target, although targets run at the same time', () => {
    const { host, terminal } = open();
    for (const target of ['a', 'b']) host.emit({ type: 'stageStarted', stage: 'bake', target });
    for (const target of ['a', 'b', 'a', 'b']) {
      host.emit({ type: 'output', stage: 'bake', target, source: 'trust', line: `of ${target}` });
    }
    for (const target of ['a', 'b'])
      host.emit({ type: 'stageFinished', stage: 'bake', target, outcome: 'done', text: 'ok' });
    expect(terminal.stderr.text).toBe(
      ['a', 'b']
        .map((t) => `::group::✓ bake     ${t} · ok\n    trust: of ${t}\n    trust: of ${t}\n::endgroup::\n`)
        .join(''),
    );
  });

  test('annotates an error at its place, relative to the root of the checkout', () => {
    const { host, terminal } = open({}, join(folder, 'sub'));
    const place = { file: 'bakery.yaml', line: 12, column: 9 };
    host.error([new BakeError('CONFIG_SYNTAX', { message: '100% wrong, see: a' }, { place })]);
    expect(terminal.stderr.text.split('\n')[0]).toBe(
      '::error file=sub/bakery.yaml,line=12,col=9::CONFIG_SYNTAX not valid YAML: 100%25 wrong, see: a%0Afix the marked place and run the same command again; the rest of the file was not read',
    );
  });

  test('runs no command in the output of programs', () => {
    const { host, terminal } = open();
    const evil = '::set-output name=x::1\n  ::add-mask::a\n##[add-path]/evil\nx ##[error]y';
    host.emit({ type: 'output', stage: 'bake', source: 's', line: evil });
    host.emit({ type: 'stageFinished', stage: 'bake', outcome: 'done', text: `ok\n${evil}` });
    host.emit({ type: 'stageFinished', stage: 'verify', outcome: 'done', text: `ok\n${evil}` });
    host.emit({ type: 'warning', text: evil, file: 'a,line=1::b' });
    host.error([new BakeError('CONFIG_SYNTAX', { message: evil })]);
    host.result({}, () => evil);
    expect(commandsIn(terminal.stderr.text)).toEqual(['group', 'endgroup', 'warning', 'error']);
    expect(commandsIn(terminal.stdout.text)).toEqual([]);
  });

  test('appends the summary, up to the limit of GitHub', () => {
    const file = join(folder, 'summary.md');
    const { host } = open({ GITHUB_STEP_SUMMARY: file });
    host.summary('### one');
    host.summary('x'.repeat(2 * 1024 * 1024));
    host.summary('### two');
    expect(readFileSync(file, 'utf8')).toBe('### one\n### two\n');
  });

  test('continues if the summary cannot be written', () => {
    const { host, terminal } = open({ GITHUB_STEP_SUMMARY: join(folder, 'none', 'x') });
    host.summary('### one');
    expect(terminal.stderr.text).toContain('the job summary was not written');
  });
});
