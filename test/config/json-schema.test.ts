/** Tests of the exported JSON Schemas: the committed files, what they accept, and the descriptions that editors show. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema, schemaKinds, schemaText, writeSchemas } from '../../src/config/json-schema.ts';
import { engines } from '../../src/engines/index.ts';
import { folderWith } from './folder.ts';

const home = join(import.meta.dirname, '../..');

describe.each(schemaKinds)('the JSON Schema of %s', (kind) => {
  it('equals the committed file', () => {
    // If this fails, run npm run schema and review the difference.
    expect(readFileSync(join(home, `schema/${kind}.schema.json`), 'utf8')).toBe(schemaText(kind, engines));
  });

  it('is a valid schema with an id and a title', () => {
    const schema = jsonSchema(kind, engines);
    expect(new Ajv2020({ strict: false }).validateSchema(schema)).toBe(true);
    expect(schema).toMatchObject({
      $id: `urn:ami-bakery:schema:${kind}:1`,
      $schema: expect.stringContaining('2020-12'),
    });
  });

  it('describes every key', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const keys: object = 'properties' in node && 'type' in node ? Object(node.properties) : {};
      for (const [key, below] of Object.entries(keys)) {
        if (!Object(below).description) bare.push(`${path}.${key}`);
      }
      for (const [key, below] of Object.entries(node)) visit(below, `${path}.${key}`);
    };
    visit(jsonSchema(kind, engines), '');
    expect(bare).toEqual([]);
  });
});

describe('the schema of bakery.yaml', () => {
  const check = new Ajv2020({ strict: false }).compile(jsonSchema('bakery', engines));

  it.each([
    'version: 1\ntargets: [{ os: alinux2 }]',
    'version: 1\ntargets: [{ os: alinux2, arch: [x86_64, arm64], regions: ["${env:REGION}"] }]\nbuilder: { subnet: "${env:SUBNET}" }',
    'version: 1\ntargets: [{ os: rocky9, base: ami-01234567 }]\nmirrors: { layout: pulp, url: "https://m", repos: { epel: { enabled: false } } }',
  ])('accepts %j', (text) => {
    check(parse(text));
    expect(check.errors).toBeNull();
  });

  it.each([
    'version: 2\ntargets: [{ os: alinux2 }]',
    'version: 1\ntargets: []',
    'version: 1\ntargets: [{ os: alinx2 }]',
    'version: 1\ntargets: [{ os: alinux2, oss: x }]',
    'version: 1\ntargets: [{ os: alinux2 }]\nmirrors: { layout: pulp, url: "http://m" }',
    'version: 1\ntargets: [{ os: alinux2 }]\nbuilder: { kms: { "${env:R}": alias/x } }',
  ])('refuses %j', (text) => {
    expect(check(parse(text))).toBe(false);
  });
});

it('writes every schema into a folder', async () => {
  const folder = await folderWith({});
  await writeSchemas(join(folder, 'schema'), engines);
  for (const kind of schemaKinds) {
    expect(await readFile(join(folder, `schema/${kind}.schema.json`), 'utf8')).toBe(
      schemaText(kind, engines),
    );
  }
});
