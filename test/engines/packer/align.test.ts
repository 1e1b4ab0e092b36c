/** Tests the alignment of assignments; test/peers/packer-templates.test.ts compares it with `packer fmt`. */
import { expect, test } from 'vitest';
import { alignAssignments } from '../../../src/engines/packer/align.ts';

test.each([
  ['names of different lengths', 'a = 1\nlonger = 2\n', 'a      = 1\nlonger = 2\n'],
  ['too much space', '  a     = 1\n  bb    = 2', '  a  = 1\n  bb = 2'],
  ['a blank line, which ends a group', 'a = 1\n\nlonger = 2', 'a = 1\n\nlonger = 2'],
  [
    'a value of several lines, which has a group of its own',
    'a = 1\nlist = [\n  1,\n]',
    'a = 1\nlist = [\n  1,\n]',
  ],
  ['quoted names with equals signs and quotes', '"a = \\" b" = 1\nx = 2', '"a = \\" b" = 1\nx          = 2'],
  ['names beyond ASCII', '"é" = 1\n"ab" = 2', '"é"  = 1\n"ab" = 2'],
  ['names of several code points', '"e\u0301" = 1\n"ab" = 2', '"e\u0301"  = 1\n"ab" = 2'],
  ['lines that are not assignments', 'block "x" {\n  # a = 1\n}', 'block "x" {\n  # a = 1\n}'],
  ['nothing', '', ''],
])('%s', (_, before, after) => {
  expect(alignAssignments(before)).toBe(after);
  expect(alignAssignments(after)).toBe(after);
});
