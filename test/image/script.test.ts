/** Tests that every rendered script is valid bash, states its needs, and reports `passed` only at its end. */
import { describe, expect, test } from 'vitest';
import { readHeader } from '../../src/image/header.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { bakeable, findOs } from '../../src/os/index.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { fullInputs, hostileInputs } from './support/inputs.ts';
import { newRoot, runIn, syntaxError } from './support/sandboxed.ts';

const templates = packagedTemplates();
const targets = bakeable.flatMap((os) =>
  (findOs(os)?.architectures ?? []).map((arch) => [os, arch] as const),
);

test('there are nine OSes with two architectures', () => {
  expect(targets).toHaveLength(18);
});

test.each(targets)('%s %s: every script is valid bash and has a header', (os, arch) => {
  const inputs = fullInputs(os, arch);
  const steps = imageSteps(imageParts(inputs), templates);
  const rows = verifyRows(imageParts(inputs), templates);
  expect(steps.length).toBeGreaterThan(5);
  expect(syntaxErrors([...steps, ...rows])).toEqual([]);
  for (const { id, needs, script } of steps)
    expect(readHeader(script)).toEqual({ kind: 'step', id, ...needs });
  for (const { id, needs, script } of rows) expect(readHeader(script)).toEqual({ kind: 'row', id, ...needs });
});

/** One bash process for all scripts: `bash -n` for each would take minutes. */
function syntaxErrors(scripts: { id: string; script: string }[]): string[] {
  const together = scripts.map(({ script }) => `(\n${script}\n)\n`).join('\n');
  if (syntaxError(together) === '') return [];
  return scripts.map(({ id, script }) => `${id}: ${syntaxError(script)}`);
}

test.each(['alinux2', 'ubuntu2404'])(
  '%s: hostile values keep every script valid bash, with unique ids',
  (os) => {
    const steps = imageSteps(imageParts(hostileInputs(os)), templates);
    const rows = verifyRows(imageParts(hostileInputs(os)), templates);
    expect(syntaxErrors([...steps, ...rows])).toEqual([]);
    for (const list of [steps, rows]) {
      expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
      for (const { id, script } of list) {
        expect(id).toMatch(/^[A-Za-z0-9._:-]{1,100}$/);
        expect(script).toMatch(/^[\t\n -~]+$/);
        expect(script).not.toContain('{{');
      }
    }
  },
);

test.each(bakeable)('%s: every step has a row that checks it', (os) => {
  const rows = verifyRows(imageParts(fullInputs(os)), templates);
  const steps = imageSteps(imageParts(fullInputs(os)), templates).map(({ id }) => id);
  const after = new Set(rows.flatMap(({ needs }) => needs.after ?? []));
  expect(steps.filter((id) => !after.has(id))).toEqual([]);
  // No row depends on a step that does not exist: it would never be skipped.
  expect([...after].filter((id) => !steps.includes(id))).toEqual([]);
});

describe('a step', () => {
  const script = step('assets-manifest');

  test('reports passed at its end', () => {
    const ran = runIn(newRoot(), script);
    expect(ran).toMatchObject({
      status: 0,
      report: { kind: 'step', id: 'assets-manifest', outcome: 'passed' },
    });
  });

  const lines = script.split('\n');
  // Lines outside of functions and here-documents: at the start, in the middle and at the end.
  const places = ['base64 -d <<', "printf 'written", 'bake_reached=yes'];
  test.each(places.flatMap((place) => ['exit 1', 'exit 0', 'false'].map((words) => [words, place])))(
    'with "%s" put before "%s" does not report passed and does not end with 0',
    (words, place) => {
      const at = lines.findIndex((line) => line.startsWith(place));
      expect(at).toBeGreaterThan(0);
      const ran = runIn(newRoot(), lines.toSpliced(at, 0, words).join('\n'));
      expect(ran.status).not.toBe(0);
      expect(ran.report).toMatchObject({ outcome: 'failed' });
    },
  );

  test('that asks for a reboot with exit status 194 has not reported yet', () => {
    const ran = runIn(
      newRoot(),
      lines.toSpliced(lines.indexOf('bake_reached=yes'), 0, 'exit 194').join('\n'),
    );
    expect(ran).toMatchObject({ status: 194, report: undefined });
  });
});

describe('a row', () => {
  const expectation = (command: string) => {
    const inputs = { ...fullInputs('alinux2'), recipe: [], expect: [{ id: 'x', command, because: 'y' }] };
    const row = verifyRows(imageParts(inputs), templates).find(({ id }) => id === 'expect-x');
    return runIn(newRoot(), row?.script ?? '');
  };

  test('that passes reports the output of its command', () => {
    const ran = expectation('echo out; echo err >&2');
    expect(ran.status).toBe(0);
    expect(ran.report).toMatchObject({ kind: 'row', id: 'expect-x', outcome: 'passed' });
    expect(ran.report?.text).toBe('$ echo out; echo err >&2\nout\nerr\n');
  });

  test('that fails reports why and exits with 1', () => {
    const ran = expectation('echo found 0.9; exit 3');
    expect(ran.status).toBe(1);
    expect(ran.report).toMatchObject({ outcome: 'failed', text: '$ echo found 0.9; exit 3\nfound 0.9' });
  });

  test('whose program is missing fails', () => {
    expect(expectation('no-such-program --version').report?.outcome).toBe('failed');
  });

  test('reports the last 2,000 bytes of a long output', () => {
    const { report } = expectation('seq 1 100000');
    expect(report?.text).toHaveLength(2000);
    expect(report?.text).toMatch(/99999\n100000\n$/);
  });

  test('cannot forge a report with its output', () => {
    const ran = expectation("echo 'bake-report row other passed - -'; exit 1");
    expect(ran.output.match(/bake-report row/g)).toHaveLength(1);
    expect(ran.report).toMatchObject({ id: 'expect-x', outcome: 'failed' });
  });

  test('does not read the text that follows it on standard input', () => {
    expect(expectation('cat').report?.outcome).toBe('passed');
  });

  test.each(['exit 1', 'exit 0'])('with "%s" put in front of its check does not pass', (words) => {
    const inputs = { ...fullInputs('alinux2'), recipe: [], expect: [] };
    const row = verifyRows(imageParts(inputs), templates)[0]?.script ?? '';
    for (const place of ['same() {', 'check() {', 'bake_judge']) {
      const lines = row.split('\n');
      const at = lines.indexOf(place) + (place.startsWith('check') ? 1 : 0);
      expect(at).toBeGreaterThan(0);
      const ran = runIn(newRoot(), lines.toSpliced(at, 0, words).join('\n'));
      expect(ran.status).not.toBe(0);
      expect(ran.report?.outcome).toBe('failed');
    }
  });
});

function step(id: string): string {
  const found = imageSteps(imageParts(fullInputs('alinux2')), templates).find((one) => one.id === id);
  if (!found) throw new Error(id);
  return found.script;
}
