/** Tests verify lists as JUnit XML: well-formed for any output of a row, with what failed and why. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { junitXml } from '../../src/image/junit.ts';
import type { Report } from '../../src/image/report.ts';
import { rowResults, type RowResult } from '../../src/image/verdict.ts';
import { hostile } from './support/inputs.ts';

const row = (more: Partial<RowResult> = {}): RowResult => ({
  id: 'a',
  title: 't',
  because: 'b',
  command: 'c',
  expected: 'e',
  found: 'f',
  outcome: 'passed',
  reason: null,
  ...more,
});

/** Parses XML 1.0 into elements with attributes and text; throws if the text is not well-formed. */
function readXml(text: string): { tag: string; attributes: Record<string, string> }[] {
  // XML 1.0, 2.2: Char.
  if (!/^(?:[\t\n\r\u0020-\ud7ff\ue000-\ufffd]|[\ud800-\udbff][\udc00-\udfff])*$/.test(text))
    throw new Error('a character');
  const open: string[] = [];
  const found: { tag: string; attributes: Record<string, string> }[] = [];
  const entity = '&(?:amp|lt|gt|quot|#\\d+);';
  const token = new RegExp(
    `<\\?xml[^?]*\\?>|<(/?)([a-z-]+)((?: [a-z]+="(?:[^<&"]|${entity})*")*)(/?)>|(?:[^<&]|${entity})+`,
    'gy',
  );
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new Error(`not well-formed: ${text.slice(at, at + 60)}`);
    const [, closes, tag, attributes, empty] = match;
    if (tag === undefined) continue;
    if (closes === '/') {
      if (open.pop() !== tag) throw new Error(`</${tag}>`);
      continue;
    }
    const pairs = [...(attributes ?? '').matchAll(/ ([a-z]+)="([^"]*)"/g)];
    found.push({ tag, attributes: Object.fromEntries(pairs.map(([, name, value]) => [name, value])) });
    if (empty !== '/') open.push(tag);
  }
  if (open.length > 0) throw new Error(`open: ${open.join()}`);
  return found;
}

describe('JUnit XML', () => {
  test('has a suite for each target and a case for each row, with counts', () => {
    const failed = row({ id: 'x', outcome: 'failed', found: 'FAILED: no', reason: 'no' });
    const skipped = row({ id: 'y', outcome: 'skipped', found: '', reason: 'no rpm here' });
    const elements = readXml(
      junitXml([
        { name: 'alinux2 x86_64', rows: [row(), failed, skipped] },
        { name: 'none', rows: [] },
      ]),
    );
    expect(elements.map(({ tag }) => tag)).toEqual([
      'testsuites', 'testsuite', 'testcase', 'system-out', 'testcase', 'failure', 'system-out', 'testcase', 'skipped',
      'system-out', 'testsuite',
    ]); // prettier-ignore
    expect(elements[1]?.attributes).toMatchObject({
      name: 'alinux2 x86_64',
      tests: '3',
      failures: '1',
      skipped: '1',
    });
    expect(elements[5]?.attributes).toEqual({ message: 'no' });
    expect(elements[8]?.attributes).toEqual({ message: 'no rpm here' });
  });

  test.each([...hostile, ']]>', '\u0000\u0008\u000b\u001b[1m', '\ud800', '\uffff', '&amp;', '<!--'])(
    'is well-formed with %j anywhere',
    (text) => {
      const bad = row({ id: text, title: text, because: text, command: text, expected: text, found: text });
      const rows = [bad, { ...bad, outcome: 'failed' as const, reason: text }];
      expect(readXml(junitXml([{ name: text, rows }])).filter(({ tag }) => tag === 'testcase')).toHaveLength(
        2,
      );
    },
  );

  test('is well-formed with any text, and the parser of this test refuses malformed XML', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        readXml(junitXml([{ name: text, rows: [row({ outcome: 'skipped', found: text, reason: text })] }]));
      }),
      { numRuns: 1000 },
    );
    for (const broken of ['<a>', '<a></b>', '<a b="<"/>', '<a>&x;</a>', '<a>\u0001</a>'])
      expect(() => readXml(broken), broken).toThrow(/open: |<\/|not well-formed|a character/);
  });
});

describe('the result of a row', () => {
  const rows = [{ id: 'a', title: 't', because: 'b', command: 'c', expected: 'e', needs: {}, script: 's' }];
  const of = (report: Partial<Report> | undefined): RowResult | undefined =>
    rowResults(rows, report ? [{ kind: 'row', id: 'a', outcome: 'passed', text: '', ...report }] : [])[0];

  test('contains the reason, the expected and the found output', () => {
    expect(of({ text: 'seen\n' })).toEqual(row({ found: 'seen' }));
  });

  test.each<[string, Partial<Report> | undefined, Partial<RowResult>]>([
    [
      'has the FAILED message as its reason',
      { outcome: 'failed', text: 'x\nFAILED: no bundle\n' },
      { reason: 'no bundle', outcome: 'failed' },
    ],
    [
      'has its last line as the reason if there is no FAILED message',
      { outcome: 'failed', text: 'x\nlast' },
      { reason: 'last', outcome: 'failed' },
    ],
    [
      'has a default reason without output',
      { outcome: 'failed' },
      { reason: 'it failed without output', outcome: 'failed' },
    ],
    [
      'has the reason of a skip',
      { outcome: 'skipped', text: 'no rpm' },
      { reason: 'no rpm', found: '', outcome: 'skipped' },
    ],
    ['fails if it never ran', undefined, { reason: 'it did not report: it never ran', outcome: 'failed' }],
    ['fails if only a step of that name reported', { kind: 'step' }, { outcome: 'failed' }],
  ])('%s', (_, report, expected) => {
    expect(of(report)).toMatchObject(expected);
  });
});
