/** Writes verify lists as JUnit XML, which every CI system displays. */
import type { RowResult } from './verdict.ts';

/** The rows of one target. */
export interface Suite {
  /** `alinux2 x86_64 3.15.1` */
  name: string;
  rows: readonly RowResult[];
}

/**
 * One test suite for each target, one test case for each row. Pure: without timestamps, so equal input gives equal
 * bytes. Source of the shape: the JUnit XML schema of Ant's junit task, as CI systems read it.
 */
export function junitXml(suites: readonly Suite[]): string {
  const all = suites.flatMap(({ rows }) => rows);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bake verify list"${counts(all)}>`,
    ...suites.flatMap(({ name, rows }) => [
      `  <testsuite name=${attribute(name)}${counts(rows)}>`,
      ...rows.flatMap((row) => testCase(name, row)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(suite: string, row: RowResult): string[] {
  const { id, title, because, command, expected, found, outcome, reason } = row;
  const why = attribute(reason ?? '');
  const output = [`because: ${because}`, `command: ${command}`, `expected: ${expected}`, 'found:', found];
  return [
    `    <testcase classname=${attribute(suite)} name=${attribute(`${id}: ${title}`)} time="0">`,
    ...(outcome === 'failed' ? [`      <failure message=${why}>${escaped(found)}</failure>`] : []),
    ...(outcome === 'skipped' ? [`      <skipped message=${why}/>`] : []),
    `      <system-out>${escaped(output.join('\n'))}</system-out>`,
    '    </testcase>',
  ];
}

function counts(rows: readonly RowResult[]): string {
  const count = (outcome: RowResult['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return ` tests="${rows.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}" time="0"`;
}

/** An XML parser turns line breaks in an attribute into spaces unless they are written as references. */
function attribute(text: string): string {
  return `"${escaped(text).replaceAll('\t', '&#9;').replaceAll('\n', '&#10;')}"`;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/**
 * Replaces characters that XML 1.0 does not allow, not even as a reference, with U+FFFD: control characters, lone
 * surrogates, U+FFFE and U+FFFF (XML 1.0, section 2.2).
 */
function escaped(text: string): string {
  // Encoding as UTF-8 and decoding again replaces lone surrogates.
  return (
    Buffer.from(text, 'utf8')
      .toString('utf8')
      // oxlint-disable-next-line no-control-regex -- these characters are replaced
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? '')
  );
}
