/** Tests that bake writes the YAML of component documents exactly as the yaml library does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Document, parse, Scalar, stringify } from 'yaml';
import {
  type DocumentStep,
  scalarText,
  stepsText,
} from '../../../src/engines/imagebuilder/component-yaml.ts';

const line = fc.stringMatching(/^[\t -~]{0,20}$/);
const script = fc.array(line, { maxLength: 6 }).map((lines) => `${lines.join('\n')}\n`);
const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
  fc.constantFrom('null', 'true', 'false', 'no', 'on', '-', '1e3', 'a-', 'mirrors'),
);
const steps = fc.array(
  fc.oneof(
    fc.record({ name, script }).map((one): DocumentStep => ({
      name: one.name,
      action: 'ExecuteBash',
      onFailure: 'Abort',
      inputs: { commands: [one.script] },
    })),
    fc.record({ name, key: fc.stringMatching(/^[a-z/.:-]{1,9}$/) }).map((one): DocumentStep => ({
      name: one.name,
      action: 'S3Download',
      onFailure: 'Continue',
      inputs: [{ source: `s3://bucket/${one.key}`, destination: `/var/${one.key}`, overwrite: true }],
    })),
  ),
  { minLength: 1, maxLength: 4 },
);

test('writes steps as the yaml library does, and refuses those that YAML would change', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const whole = new Document({ phases: [{ name: 'build', steps: list.map(withBlocks) }] });
      const head = 'phases:\n- name: build\n  steps:\n';
      const expected = whole.toString({ lineWidth: 0, indentSeq: false });
      try {
        expect(parse(expected)).toEqual({ phases: [{ name: 'build', steps: list }] });
      } catch {
        // The library itself changes some scripts that contain only white space. bake refuses these.
        expect(() => stepsText(list)).toThrow(/YAML does not carry a script unchanged/);
        return;
      }
      expect(head + stepsText(list)).toBe(expected);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) },
  );
});

test('writes names and descriptions as the yaml library does', () => {
  const word = fc.stringMatching(/^[ -~]{0,12}$/);
  const description = fc.tuple(word, word).map((words) => words.join(': '));
  fc.assert(
    fc.property(fc.oneof(name, description), (value) => {
      expect(`${scalarText(value)}\n`).toBe(stringify(value, { lineWidth: 0 }));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 5000) },
  );
});

function withBlocks(step: DocumentStep): object {
  if (!('commands' in step.inputs)) return step;
  const scalar = new Scalar(step.inputs.commands[0]);
  scalar.type = 'BLOCK_LITERAL';
  return { ...step, inputs: { commands: [scalar] } };
}
