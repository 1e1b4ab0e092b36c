/** Tests that the yaml library reads from bake's component documents exactly what was written. */
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

test('writes steps that the yaml library reads unchanged, and refuses those that YAML would change', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const document = { phases: [{ name: 'build', steps: list }] };
      let text: string;
      try {
        text = stepsText(list);
      } catch (error) {
        expect(String(error)).toMatch(/YAML does not carry a script unchanged/);
        // The library itself changes some scripts that contain only white space.
        const whole = new Document({ phases: [{ name: 'build', steps: list.map(withBlocks) }] });
        expect(read(whole.toString({ lineWidth: 0, indentSeq: false }))).not.toEqual(document);
        return;
      }
      expect(parse(`phases:\n- name: build\n  steps:\n${text}`)).toEqual(document);
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

function read(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function withBlocks(step: DocumentStep): object {
  if (!('commands' in step.inputs)) return step;
  const scalar = new Scalar(step.inputs.commands[0]);
  scalar.type = 'BLOCK_LITERAL';
  return { ...step, inputs: { commands: [scalar] } };
}
