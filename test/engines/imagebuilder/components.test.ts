/** Tests that component documents keep scripts unchanged, stay within the limits, and contain no AWSTOE expressions. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SMALL_FILE, type StepFile } from '../../../src/image/step.ts';
import { imageParts } from '../../../src/image/parts.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { verifyRows } from '../../../src/image/verify.ts';
import {
  COMPONENT_LIMIT,
  DOCUMENT_LIMIT,
  renderComponents,
} from '../../../src/engines/imagebuilder/components.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs, hostileInputs } from '../../image/support/inputs.ts';

interface ParsedDocument {
  schemaVersion: number;
  phases: {
    name: string;
    steps: { name: string; action: string; onFailure: string; inputs: { commands: string[] } }[];
  }[];
}

const templates = packagedTemplates();

function render(inputs = fullInputs('alinux2')) {
  const steps = imageSteps(imageParts(inputs), templates);
  const rows = verifyRows(imageParts(inputs), templates);
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

  test('contains every script unchanged and in order', () => {
    const carried = (kind: string) =>
      components
        .filter((component) => component.kind === kind)
        .flatMap(({ document }) => parsed(document).phases.flatMap((phase) => phase.steps))
        // Steps that only copy files are not compared.
        .filter(({ name }) => !name.startsWith('stage-'))
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

  test('contains nothing that AWSTOE would read as an expression', () => {
    for (const { document } of components) expect(document).not.toContain('{{');
  });
});

test('documents have version 1.0, one phase, Abort for steps and Continue for rows', () => {
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

test('gives equal content the same name and different content another name', () => {
  const names = render().components.map(({ name }) => name);
  expect(render().components.map(({ name }) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
  expect(render(fullInputs('rocky9')).components.map(({ name }) => name)).not.toEqual(names);
});

test('refuses a step that is too large, and names it', () => {
  expect(() =>
    renderComponents([step('small', 'x'), step('big', 'x'.repeat(16_000))], [], {
      label: 'x',
      prefix: 'bakery',
    }),
  ).toThrow(/step big has 16\d\d\d characters/);
});

test('refuses more components than a recipe accepts', () => {
  const steps = Array.from({ length: 21 }, (_, index) =>
    step(`s${index}`, String(index).padEnd(10_000, 'x')),
  );
  expect(() => renderComponents(steps, [], { label: 'x', prefix: 'bakery' })).toThrow(/21 components/);
});

test('refuses a script with an AWSTOE expression', () => {
  expect(() =>
    renderComponents([step('s', 'echo {{ build.x.outputs.stdout }}\n')], [], {
      label: 'x',
      prefix: 'bakery',
    }),
  ).toThrow(/AWSTOE/);
});

test.each(['gr\u00f6\u00dfe\n', 'a\u2028b\n', '\ufeffa\n'])(
  'refuses a script that YAML might change: %j',
  (script) => {
    expect(() => renderComponents([step('s', script)], [], { label: 'x', prefix: 'bakery' })).toThrow(
      /may change a script/,
    );
  },
);

test('the hint about too many components names the largest steps with their sizes', () => {
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
      hint: expect.stringContaining('The largest are: s7 14 kB, s0 10 kB, s1 10 kB'),
    }),
  );
});

describe('a step with files', () => {
  const file = (size: number): StepFile => ({
    sha256: 'ab'.repeat(32),
    size,
    source: '/nowhere',
    content: size > SMALL_FILE ? undefined : Buffer.alloc(size, 0xff).toString('base64'),
  });
  const staging = 's3://bucket/prefix';
  const meta = { label: 'x', prefix: 'bakery' };
  const at = `/opt/bakery/staging/${'ab'.repeat(32)}`;
  const script = (padding = 0) => ({ ...step('take', `#!/bin/bash\n# ${'x'.repeat(padding)}\n`) });
  const rendered = (size: number, padding: number, where?: string) => {
    const { components, staged } = renderComponents([{ ...script(padding), files: [file(size)] }], [], {
      ...meta,
      staging: where,
    });
    const steps = components.flatMap(({ document }) =>
      parsed(document).phases.flatMap((phase) => phase.steps),
    );
    return { steps, staged, names: components.map(({ name }) => name) };
  };

  test.each([undefined, staging])('contains small files inline in its component, with store %s', (where) => {
    const { steps, staged } = rendered(SMALL_FILE, 0, where);
    expect(steps.map(({ name }) => name)).toEqual(['stage-take', 'take']);
    const [, base64 = ''] =
      /<<'BAKE_DATA'\n([^]*)BAKE_DATA\n$/.exec(steps[0]?.inputs.commands[0] ?? '') ?? [];
    expect(Buffer.from(base64, 'base64')).toEqual(Buffer.alloc(SMALL_FILE, 0xff));
    expect(steps[0]?.inputs.commands[0]).toContain(`> ${at} <<`);
    expect(staged).toEqual([]);
  });

  test('downloads large files from the store by their digests', () => {
    const { steps, staged } = rendered(2_000_000_000, 0, staging);
    const key = `staged/${'ab'.repeat(32)}/take`;
    expect(steps.map(({ action }) => action)).toEqual(['ExecuteBash', 'S3Download', 'ExecuteBash']);
    expect(steps[1]).toMatchObject({
      onFailure: 'Abort',
      inputs: [{ source: `${staging}/${key}`, destination: at, overwrite: true }],
    });
    expect(staged).toEqual([{ key, file: file(2_000_000_000) }]);
  });

  test('downloads its script too if the script is too large', () => {
    const { steps, staged } = rendered(20_000, 70_000, staging);
    expect(steps.map(({ name }) => name)).toEqual(['stage-take', 'fetch-staged-take', 'fetch-take', 'take']);
    expect(staged.map((one) => ('text' in one ? 'script' : one.file.size))).toEqual([20_000, 'script']);
  });

  test('is refused if a file is large and there is no store, and the error says what to configure', () => {
    expect(() => rendered(SMALL_FILE + 1, 0)).toThrow(
      expect.objectContaining({
        code: 'STEP_TOO_LARGE',
        hint: expect.stringContaining('store: s3://BUCKET/PREFIX'),
      }),
    );
  });

  test('gets a component with another name if its files come from another place', () => {
    expect(rendered(20_000, 0, staging).names).not.toEqual(rendered(20_000, 0, 's3://other').names);
    expect(rendered(100, 0).names).not.toEqual(rendered(20_000, 0, staging).names);
  });
});
