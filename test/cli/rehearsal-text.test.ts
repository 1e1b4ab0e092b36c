/** Tests the text of a rehearsal, above all of one that failed. */
import { expect, test } from 'vitest';
import { rehearsalText, type RehearsedText } from '../../src/cli/rehearsal-text.ts';
import { reportLine } from '../../src/image/report.ts';

const target: RehearsedText = {
  os: 'rocky9',
  arch: 'x86_64',
  parallelcluster: '3.16.1',
  isolation: 'root',
  why: null,
  results: [
    { kind: 'step', name: 'trust', outcome: 'passed', output: 'fine\n' },
    {
      kind: 'step',
      name: 'script-site.sh',
      outcome: 'failed',
      reason: 'exit code 3',
      exitCode: 3,
      output: `${Array.from({ length: 30 }, (_, line) => `line ${line + 1}\n`).join('')}${reportLine({ kind: 'step', id: 'script-site.sh', outcome: 'failed', text: '' })}\n`,
    },
    {
      kind: 'check',
      name: 'tool',
      outcome: 'failed',
      reason: 'exit code 1',
      exitCode: 1,
      output: `no /opt/tool\n${reportLine({ kind: 'row', id: 'tool', outcome: 'failed', text: 'no /opt/tool\n' })}\n`,
    },
    { kind: 'check', name: 'mute', outcome: 'failed', reason: 'exit code 2', exitCode: 2, output: '' },
  ],
  rows: [{ id: 'tool', reason: 'no tool' }],
};

test('shows a failed script with its exit code, its last lines, and the next step', () => {
  const text = rehearsalText(target);
  expect(text).toContain('failed   step   script-site.sh  exit code 3');
  expect(text).toContain('failed   check  tool            no tool');
  expect(text).toContain('step script-site.sh failed: exit code 3 · the last 20 of 30 lines\n  | line 11\n');
  expect(text).toContain(
    '  | line 30\n\ncheck tool failed: exit code 1\n  | no /opt/tool\n\ncheck mute failed: exit code 2\n  | (no output)\n',
  );
  expect(text).not.toContain('line 10\n');
  expect(text).not.toContain('bake-');
  expect(text).toMatch(/Next\n {2}`bake rehearse --os rocky9 --verbose` {2}# shows all output\n.*$/);
});

test('adds nothing to a rehearsal that passed', () => {
  const text = rehearsalText({ ...target, results: target.results.slice(0, 1) });
  expect(text.split('\n')).toHaveLength(3);
});

test('shows a script with a syntax error even if nothing could be rehearsed', () => {
  const broken = {
    kind: 'step',
    name: 'x',
    outcome: 'failed',
    reason: 'bash cannot parse it',
    output: 'line 2: syntax error',
  } as const;
  const text = rehearsalText({ ...target, isolation: 'none', why: 'no namespaces', results: [broken] });
  expect(text).toBe(
    'rocky9 x86_64 · ParallelCluster 3.16.1 · not rehearsed: no namespaces\n\nstep x failed: bash cannot parse it\n  | line 2: syntax error',
  );
});
