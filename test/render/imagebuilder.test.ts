/** Owns: component documents carry the scripts unchanged, within Image Builder's limits, with nothing AWSTOE could replace. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { COMPONENT_LIMIT, DOCUMENT_LIMIT, renderComponents } from '../../src/render/imagebuilder.ts';
import { packagedTemplates } from '../../src/render/templates.ts';
import { fullInputs, hostileInputs } from '../image-steps/support/inputs.ts';

interface ParsedDocument {
  schemaVersion: number;
  phases: {
    name: string;
    steps: { name: string; action: string; onFailure: string; inputs: { commands: string[] } }[];
  }[];
}

const templates = packagedTemplates();

function render(inputs = fullInputs('alinux2')) {
  const steps = imageSteps(inputs, templates);
  const rows = verifyRows(inputs, templates);
  return {
    steps,
    rows,
    components: renderComponents(steps, rows, { label: 'alinux2 x86_64', prefix: 'bakery' }).components,
  };
}

function parsed(document: string): ParsedDocument {
  return parse(document) as ParsedDocument;
}

function step(id: string, script: string) {
  return { id, title: id, because: '', needs: {}, script };
}

describe.each([
  ['ordinary values', fullInputs('alinux2')],
  ['hostile values', hostileInputs('rocky9')],
])('with %s', (_, inputs) => {
  const { steps, rows, components } = render(inputs);

  test('every script arrives unchanged and in order', () => {
    const carried = (kind: string) =>
      components
        .filter((component) => component.kind === kind)
        .flatMap(({ document }) => parsed(document).phases.flatMap((phase) => phase.steps))
        .map(({ inputs: { commands } }) => commands);
    expect(carried('BUILD')).toEqual(steps.map(({ script }) => [script]));
    expect(carried('TEST')).toEqual(rows.map(({ script }) => [script]));
  });

  test('stays within the limits', () => {
    expect(components.length).toBeLessThanOrEqual(COMPONENT_LIMIT);
    for (const { document, name } of components) {
      expect(document.length).toBeLessThanOrEqual(DOCUMENT_LIMIT);
      expect(name).toMatch(/^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$/);
    }
  });

  test('holds nothing AWSTOE would take for an expression', () => {
    for (const { document } of components) expect(document).not.toContain('{{');
  });
});

test('documents say 1.0, one phase, Abort for steps and Continue for rows', () => {
  for (const { document, kind } of render().components) {
    expect(document).toContain('\nschemaVersion: 1.0\n');
    const { phases } = parsed(document);
    expect(phases.map(({ name }) => name)).toEqual([kind === 'BUILD' ? 'build' : 'test']);
    for (const { action, onFailure } of phases[0]?.steps ?? []) {
      expect(action).toBe('ExecuteBash');
      expect(onFailure).toBe(kind === 'BUILD' ? 'Abort' : 'Continue');
    }
  }
});

test('equal content has an equal name, other content another', () => {
  const names = render().components.map(({ name }) => name);
  expect(render().components.map(({ name }) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
  expect(render(fullInputs('rocky9')).components.map(({ name }) => name)).not.toEqual(names);
});

test('a step that is too large alone is named', () => {
  expect(() =>
    renderComponents([step('small', 'x'), step('big', 'x'.repeat(16_000))], [], {
      label: 'x',
      prefix: 'bakery',
    }),
  ).toThrow(/step big is 16\d\d\d characters/);
});

test('more components than a recipe takes are refused', () => {
  const steps = Array.from({ length: 21 }, (_, index) =>
    step(`s${index}`, String(index).padEnd(10_000, 'x')),
  );
  expect(() => renderComponents(steps, [], { label: 'x', prefix: 'bakery' })).toThrow(/21 components/);
});

test('a script with an expression of AWSTOE is refused', () => {
  expect(() =>
    renderComponents([step('s', 'echo {{ build.x.outputs.stdout }}\n')], [], {
      label: 'x',
      prefix: 'bakery',
    }),
  ).toThrow(/AWSTOE/);
});

test.each(['gr\u00f6\u00dfe\n', 'a\u2028b\n', '\ufeffa\n'])(
  'a script that YAML might change is refused: %j',
  (script) => {
    expect(() => renderComponents([step('s', script)], [], { label: 'x', prefix: 'bakery' })).toThrow(
      /unchanged/,
    );
  },
);

test('too many components: the hint names the largest steps with their sizes', () => {
  const script = (size: number) => `#!/bin/bash\n# ${'x'.repeat(size)}\n`;
  const steps = Array.from({ length: 25 }, (_, index) => ({
    id: `s${index}`,
    title: 's',
    needs: {},
    script: script(index === 7 ? 13_500 : 9000),
  }));
  expect(() => renderComponents(steps, [], { label: 'x', prefix: 'b' })).toThrow(
    expect.objectContaining({
      code: 'COMPONENTS_TOO_MANY',
      hint: expect.stringContaining('The largest: s7 14 kB, s0 10 kB, s1 10 kB'),
    }),
  );
});
