/** Owns the tests of finding AMI references. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/rotate/find.ts';
import { formats } from '../../src/rotate/formats/index.ts';
import { A, fixtures } from './fixtures.ts';

describe.each(fixtures)('$title', ({ bytes, references, indirect = [], error }) => {
  const found = findReferences('clusters/x.yaml', bytes);

  it('gives each written id with its place and scope', () => {
    const shown = found.references.map(
      (one) =>
        `${one.line}:${one.column} ${one.scope} ${one.path} ${one.id}${one.users > 1 ? ` ×${one.users}` : ''}`,
    );
    expect(shown).toEqual(references);
    for (const { start, end, id } of found.references) {
      expect(bytes.subarray(start, end).toString('latin1')).toBe(id);
    }
  });

  it('reports what holds no id, with a reason', () => {
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

describe('what a config says about itself', () => {
  it('goes with each reference, document by document', () => {
    const one = `Region: eu-west-1\nImage: { Os: alinux2, CustomAmi: ${A} }\n`;
    const two = `Region: us-east-1\nImage: { Os: rocky9, CustomAmi: ${A} }\n`;
    const found = findReferences('x.yaml', Buffer.from(`${one}---\n${two}`));
    expect(found.cluster).toEqual({ region: 'eu-west-1', os: 'alinux2' });
    expect(found.references.map(({ region, os }) => [region, os])).toEqual([
      ['eu-west-1', 'alinux2'],
      ['us-east-1', 'rocky9'],
    ]);
  });

  it('is left out where it is a placeholder', () => {
    const text = `Region: "{{ region }}"\nImage: { Os: !Ref Os, CustomAmi: ${A} }\n`;
    expect(findReferences('x.yaml', Buffer.from(text)).cluster).toEqual({});
  });
});

it('reports a kind of file it cannot read when it sets CustomAmi', () => {
  const found = findReferences('deploy.sh', Buffer.from(`set -e\n  CustomAmi: ${A}\n`));
  expect(found.indirect).toMatchObject([{ line: 2, column: 3, reason: expect.stringContaining('YAML') }]);
  expect(findReferences('deploy.sh', Buffer.from(`AMI=${A}\n`)).indirect).toEqual([]);
});

it('reads 5,000 queues in seconds', () => {
  const queues = Array.from(
    { length: 5000 },
    (_, i) => `    - Name: q${i}\n      Image:\n        CustomAmi: ${A}\n`,
  );
  const before = Date.now();
  const found = findReferences('x.yaml', Buffer.from(`Scheduling:\n  SlurmQueues:\n${queues.join('')}`));
  expect(found.references).toHaveLength(5000);
  expect(Date.now() - before).toBeLessThan(10_000);
});

it('survives nesting without end', () => {
  const found = findReferences('x.yaml', Buffer.from(`CustomAmi: ${'['.repeat(50_000)}`));
  expect(found.errors.map(({ code }) => code)).toEqual(['ROTATE_SYNTAX']);
});

it('has every format of the folder in its registry, under its file name', () => {
  const folder = join(import.meta.dirname, '../../src/rotate/formats');
  const files = readdirSync(folder).filter((name) => name !== 'index.ts');
  expect(formats.map((format) => `${format.id}.ts`).sort()).toEqual(files.sort());
});
