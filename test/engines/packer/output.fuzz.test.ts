/** Tests that bake reads any output of Packer, also a damaged one, without an error. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readManifest } from '../../../src/engines/packer/manifest.ts';
import { hear, newStory, readOutputLine } from '../../../src/engines/packer/output.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

/** Writes a line in Packer's machine-readable format, as its documentation describes it. */
function written(target: string, type: string, data: readonly string[]): string {
  const coded = data.map((text) =>
    text.replaceAll(',', '%!(PACKER_COMMA)').replaceAll('\r', '\\r').replaceAll('\n', '\\n'),
  );
  return ['1795292551', target, type, ...coded].join(',');
}

// The format does not escape backslashes, so a backslash before an n or r is ambiguous.
const datum = fc.string({ unit: 'binary' }).filter((text) => !/\\[nr]/.test(text) && !/[\n\r]$/.test(text));
const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);

test('reads back every line that Packer can write', () => {
  fc.assert(
    fc.property(word, word, fc.array(datum, { maxLength: 4 }), (target, type, data) => {
      fc.pre(!data.some((text) => text.includes('%!(PACKER_COMMA)')));
      expect(readOutputLine(written(target, type, data))).toEqual({ target, type, data });
    }),
    { numRuns },
  );
});

test('reads any line without an error, and keeps only the last lines', () => {
  const story = newStory();
  const start = fc.constantFrom(
    '',
    '1,,ui,say,',
    '1,,ui,error,',
    '1,x,artifact,0,id,',
    '1,x,error,',
    '1,,ui,message,',
  );
  fc.assert(
    fc.property(start, fc.string({ unit: 'binary' }), (head, rest) => {
      for (const told of hear(head + rest, story)) expect(told.kind).toMatch(/^(report|progress|output)$/);
      expect(story.tail.length).toBeLessThanOrEqual(20);
      expect(story.errors.length).toBeLessThanOrEqual(10);
    }),
    { numRuns },
  );
});

test('reads only AMI ids from any manifest', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const id of Object.values(readManifest(text))) expect(id).toMatch(/^ami-[0-9a-f]+$/);
    }),
    { numRuns },
  );
});
