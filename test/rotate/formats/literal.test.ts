/** Owns the tests of literal mode. */
import { expect, it } from 'vitest';
import { findReferences } from '../../../src/rotate/find.ts';
import { literal } from '../../../src/rotate/formats/literal.ts';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

it('takes every id of any text, and no longer word, for a reference', () => {
  const text = `.. code:: yaml\n\n  CustomAmi: ${A} # our-image 2026-01-01\n\n  # was ${B}, ${SHORT}.\nx-${A} ${A}0 _${A} ${A.toUpperCase()} ami-1 "${B}" \${X:-${SHORT}}\n`;
  const found = read('docs/howto.rst', text, true);
  expect(references(found)).toEqual([
    `3:14 text  ${A} # our-image 2026-01-01`,
    `5:9 text  ${B}`,
    `5:32 text  ${SHORT}`,
    expect.stringMatching(new RegExp(`^6:\\d+ text  ${B}$`)) as string,
    expect.stringMatching(new RegExp(`^6:\\d+ text  ${SHORT}$`)) as string,
  ]);
  expect([...indirect(found), ...errors(found)]).toEqual([]);
});

it('reads so what a format does not get at, and no config that one does', () => {
  expect(references(read('c.yaml', `{% if x %}\nImage: [ ${A}\n`, true))).toEqual([`2:10 text  ${A}`]);
  expect(references(read('c.sh', `cat <<EOF\n${A}\nEOF\n`, true))).toEqual([`2:1 text  ${A}`]);
  const root = read('c.yaml', `Image: { CustomAmi: ${A} } # ${B}\n`, true);
  expect(references(root)).toEqual([`1:21 root Image.CustomAmi ${A} # ${B}`]);
});

it('leaves a comment alone that holds an id itself, for that one moves by itself', () => {
  const [first, second] = read('x', `a ${A} # was ${B}\n`, true).references;
  expect(first).not.toHaveProperty('comment');
  expect(second?.id).toBe(B);
});

it('leaves programs and archives alone', () => {
  const bytes = Buffer.from(`\0\0 ${A} \0`);
  expect(findReferences('x.bin', bytes, { literal: true }).references).toEqual([]);
  expect(literal.find('x.bin', bytes).references).toEqual([]);
});
