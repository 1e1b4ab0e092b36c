/** Tests of finding AMI references. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARK } from '../../src/cluster/mark.ts';
import { findReferences, readReferences } from '../../src/rotate/find.ts';
import { formats } from '../../src/rotate/formats/index.ts';
import { A, B, fixtures } from './fixtures.ts';

describe.each(fixtures)('$title', ({ bytes, references, indirect = [], error }) => {
  const found = findReferences('clusters/x.yaml', bytes);

  it('finds each written id with its place and scope', () => {
    const shown = found.references.map(
      (one) =>
        `${one.line}:${one.column} ${one.scope} ${one.path} ${one.id}${one.users > 1 ? ` ×${one.users}` : ''}`,
    );
    expect(shown).toEqual(references);
    for (const { start, end, id } of found.references) {
      expect(bytes.subarray(start, end).toString('latin1')).toBe(id);
    }
  });

  it('reports values without an id, with a reason', () => {
    const wanted = indirect.map((line) => line.split(' // '));
    expect(found.indirect.map((one) => `${one.line}:${one.column} ${one.path} ${one.found}`)).toEqual(
      wanted.map(([shown]) => shown),
    );
    for (const [index, [, reason]] of wanted.entries())
      expect(found.indirect[index]?.reason).toContain(reason);
  });

  it('reports broken YAML with its place, and nothing else of that file', () => {
    const errors = found.errors.map(({ code, place }) => `${code} ${place.line}:${place.column}`);
    expect(errors).toEqual(error === undefined ? [] : [`ROTATE_SYNTAX ${error}`]);
    expect(found.errors.every(({ place }) => place.excerpt?.endsWith('^'))).toBe(true);
  });
});

describe('the facts of a config', () => {
  it('belong to each reference of their document', () => {
    const one = `Region: eu-west-1\nImage: { Os: alinux2, CustomAmi: ${A} }\n`;
    const two = `Region: us-east-1\nImage: { Os: rocky9, CustomAmi: ${A} }\n`;
    const found = findReferences('x.yaml', Buffer.from(`${one}---\n${two}`));
    expect(found.cluster).toEqual({ region: 'eu-west-1', os: 'alinux2' });
    expect(found.references.map(({ region, os }) => [region, os])).toEqual([
      ['eu-west-1', 'alinux2'],
      ['us-east-1', 'rocky9'],
    ]);
  });

  it('do not include placeholders', () => {
    const text = `Region: "{{ region }}"\nImage: { Os: !Ref Os, CustomAmi: ${A} }\n`;
    expect(findReferences('x.yaml', Buffer.from(text)).cluster).toEqual({});
  });
});

describe('a reference contains', () => {
  const only = (text: string) => findReferences('x.yaml', Buffer.from(text)).references;

  it('how it is written', () => {
    const styles = [A, `'${A}'`, `"${A}"`, `>-\n    ${A}`, `!!str ${A}`, `&a "${A}"`];
    expect(styles.map((one) => only(`Image:\n  CustomAmi: ${one}\n`)[0]?.quote)).toEqual([
      'plain',
      'single',
      'double',
      'block',
      'plain',
      'double',
    ]);
  });

  it.each([
    [`Image:\n  CustomAmi: ${A}   # bakery 2026-10-01  \n`, 'bakery 2026-10-01'],
    [`Image:\n  CustomAmi: "${A}" #x\r\n`, 'x'],
    [`Image: { CustomAmi: '${A}' } # of both`, 'of both'],
    [`Image: { CustomAmi: ${A}, Os: "a # b" } # of what?\n`, undefined],
    [`Image:\n  CustomAmi: "${A}" #\n`, undefined],
    [`# above\nImage:\n  CustomAmi: ${A}\n  # below\n`, undefined],
    [`Image:\n  CustomAmi: ${A} # größer\n`, 'größer'],
  ])('the comment after it: %j', (text, wanted) => {
    const bytes = Buffer.from(text);
    const { comment } = findReferences('x.yaml', bytes).references[0] ?? {};
    const shown = comment && bytes.subarray(comment.start, comment.end).toString();
    expect(shown).toBe(wanted);
    // As latin1, like all texts in edits.
    expect(comment?.text).toBe(wanted && Buffer.from(wanted).toString('latin1'));
  });

  it('the disk and the instance types of its place; at the root, those of all places that inherit the image', () => {
    const text = `Image: { Os: alinux2, CustomAmi: ${A} }
HeadNode:
  InstanceType: m5.large
  LocalStorage: { RootVolume: { Size: 80 } }
Scheduling:
  SlurmSettings: { QueueUpdateStrategy: DRAIN }
  SlurmQueues:
    - ComputeSettings: { LocalStorage: { RootVolume: { Size: "45" } } }
      ComputeResources: [{ InstanceType: c5.large }, { Instances: [{ InstanceType: c5.xlarge }, { InstanceType: m5.large }] }]
    - Image: { CustomAmi: ${B} }
      ComputeSettings: { LocalStorage: { RootVolume: { Size: 40 } } }
      ComputeResources: [{ InstanceType: "{{ type }}" }]
LoginNodes: { Pools: [{ InstanceType: t3.large, Image: { CustomAmi: ${A} } }, { InstanceType: t3.small }] }
`;
    expect(only(text).map((one) => [one.scope, one.rootVolumeGiB, one.instanceTypes])).toEqual([
      ['root', 45, ['m5.large', 't3.small', 'c5.large', 'c5.xlarge']],
      ['queue', 40, undefined],
      ['login', undefined, ['t3.large']],
    ]);
    expect(findReferences('x.yaml', Buffer.from(text)).cluster).toEqual({
      os: 'alinux2',
      updateStrategy: 'DRAIN',
    });
  });
});

it('reports a file of an unknown kind that sets CustomAmi', () => {
  const found = findReferences('notes.md', Buffer.from(`# Clusters\n  CustomAmi: ${A}\n`));
  expect(found.indirect).toMatchObject([{ line: 2, column: 14, reason: expect.stringContaining('literal') }]);
});

it('reports an id in a file that is not YAML once, without an error', () => {
  const text = `see: below: that\nold image: ${A}, older: ${B}\n`;
  expect(findReferences('NOTES', Buffer.from(text))).toMatchObject({
    errors: [],
    references: [],
    indirect: [{ line: 2, column: 12, found: A, reason: expect.stringContaining('not YAML') }],
  });
  expect(findReferences('notes.yaml', Buffer.from(text)).errors).toHaveLength(1);
});

it('reports ids anywhere in a template, but not those in comment lines', () => {
  const text = `{% if gpu %}\nImageId: ${A}\n# was ${B}\n{% endif %}\nCustomAmi: ${B}\n`;
  const { indirect, errors } = findReferences('x.yaml', Buffer.from(text));
  expect(errors).toEqual([]);
  expect(indirect.map(({ line, found }) => [line, found])).toEqual([
    [2, A],
    [5, B],
  ]);
});

it('reads 5,000 queues', () => {
  const queues = Array.from(
    { length: 5000 },
    (_, i) => `    - Name: q${i}\n      Image:\n        CustomAmi: ${A}\n`,
  );
  const found = findReferences('x.yaml', Buffer.from(`Scheduling:\n  SlurmQueues:\n${queues.join('')}`));
  expect(found.references).toHaveLength(5000);
});

it('survives endless nesting', () => {
  const found = findReferences('x.yaml', Buffer.from(`CustomAmi: ${'['.repeat(50_000)}`));
  expect(found.errors.map(({ code }) => code)).toEqual(['ROTATE_SYNTAX']);
});

it('lists every format of the folder under its file name', () => {
  const folder = join(import.meta.dirname, '../../src/rotate/formats');
  const files = readdirSync(folder).filter((name) => name !== 'index.ts');
  expect(formats.map((format) => `${format.id}.ts`).sort()).toEqual(files.sort());
});

it('skips templates of `bake template`, because their config is read itself', () => {
  const bytes = Buffer.from(`${MARK}\nImage: { CustomAmi: ami-0123456789abcdef0 }\n`);
  expect(findReferences('x.template.yaml', bytes)).toMatchObject({ references: [], indirect: [] });
});

it('reports every id of a named file that no format reads', () => {
  const bytes = Buffer.from('AMI := ami-0123456789abcdef0\n');
  const entry = { line: 1, column: 8, found: 'ami-0123456789abcdef0' };
  expect(readReferences('Makefile', bytes, { named: true }, 'read')).toMatchObject({ indirect: [entry] });
});

it('keeps paths and Regions of a format in literal mode, and adds other ids', () => {
  const text = 'amis = { eu-west-1 = "ami-0123456789abcdef0" }\nx = <<EOT\nami-0fedcba9876543210\nEOT\n';
  const { references, indirect } = findReferences('x.tf', Buffer.from(text), { literal: true });
  expect(references.map(({ id, region, scope }) => [id, region, scope])).toEqual([
    ['ami-0123456789abcdef0', 'eu-west-1', expect.anything()],
    ['ami-0fedcba9876543210', undefined, 'text'],
  ]);
  expect(indirect).toEqual([]);
});

it('checks an image for every place that shares it by an alias', () => {
  const text = `x: &i { CustomAmi: ami-0123456789abcdef0 }
Scheduling:
  SlurmQueues:
    - { Image: *i, ComputeResources: [{ InstanceType: c5.large }] }
    - { Image: *i, ComputeResources: [{ InstanceType: c7g.large }] }
`;
  const [reference] = findReferences('x.yaml', Buffer.from(text)).references;
  expect(reference).toMatchObject({ users: 2, instanceTypes: ['c5.large', 'c7g.large'] });
});

it.each([
  ['a.yaml', `HeadNode: { SubnetId: {{ subnets[0] }} }\nImage:\n  CustomAmi: ${A}\n`],
  ['b.yaml', `X: {{ a|replace("a","b") }}\nCustomAmi: ${A}\n`],
  ['c.yml', `{%- for q in queues %}\n- Image: { CustomAmi: ${A} }\n{%- endfor %}\n`],
  ['go.yaml', `X: {{ .Values.x | quote }}, {{ include "a" . }}\nCustomAmi: ${A}\n`],
  ['erb.yaml', `X: <%= x["y"] %>: [\nCustomAmi: ${A}\n`],
  ['main.go', `package main\nconst y = \`\nImage:\n  CustomAmi: ${A}\n\`\n`],
  ['x.rb', `x = <<~Y\nImage:\n  CustomAmi: ${A}\n\tfoo: bar\nY\n`],
  ['x.kt', `val x = """\n  CustomAmi: ${A}\n"""\nfun main() { println("a: b: c") }\n`],
  ['x.libsonnet', `local x = { CustomAmi: '${A}', y: [ 1, 2, ], };\nx + { z: x.y }\n`],
  ['x.swift', `let x = ["CustomAmi": "${A}"]\nfunc y() { a: b: c }\n`],
  ['x.json5', `// c\n{ CustomAmi: '${A}', hex: 0x1F, plus: +1, a: .5, }\n`],
])('lists the id of a template or of another language, without an error: %s', (name, text) => {
  const { errors, references, indirect, strays = [] } = findReferences(name, Buffer.from(text));
  expect([errors, references]).toEqual([[], []]);
  const said = [...indirect.map(({ found }) => found), ...strays.map(({ id }) => id)].join(' ');
  expect(said).toContain(A);
});

it.each(['broken.yaml', 'cluster', 'cluster.config', 'prod.yaml.bak', 'x.yml.tmpl'])(
  'reports a broken config as an error: %s',
  (name) => {
    const text = `Image:\n  CustomAmi: ${A}\n   bad: [\n`;
    expect(findReferences(name, Buffer.from(text)).errors.map(({ code }) => code)).toEqual(['ROTATE_SYNTAX']);
  },
);
