/** Tests of the choice of the format that reads a file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf, formats } from '../../../src/rotate/formats/index.ts';

it('lists every format of the folder under its file name', () => {
  const folder = join(import.meta.dirname, '../../../src/rotate/formats');
  const files = readdirSync(folder).filter((name) => name !== 'index.ts');
  expect(formats.map((format) => `${format.id}.ts`).sort()).toEqual(files.sort());
});

describe('a file is read as', () => {
  it.each<[string, string, string]>([
    ['hcl', 'main.tf', ''],
    ['hcl', 'prod.tfvars', ''],
    ['hcl', 'image.pkr.hcl', ''],
    ['hcl', 'terragrunt.hcl', ''],
    ['jsonc', 'cdk.context.json', ''],
    ['jsonc', 'main.tf.json', ''],
    ['jsonc', 'settings.jsonc', ''],
    ['jsonc', 'cluster.json.j2', ''],
    ['shell', 'deploy.sh', ''],
    ['env', '.env', ''],
    ['env', '.env.prod', ''],
    ['env', 'prod.env', ''],
    ['shell', '.envrc', ''],
    ['shell', 'run.sh.tmpl', ''],
    ['shell', 'bin/deploy', '#!/usr/bin/env bash\n'],
    ['ini', 'cluster.ini', ''],
    ['ini', 'config', '[cluster default]\r\nbase_os = alinux2\r\n'],
    ['ini', 'configs/playground', '# mine\n[global]\ncluster_template = x\n'],
    ['yaml', 'cluster.yaml', '[cluster default]\nbase_os = alinux2\n'],
    ['yaml', 'config', 'Image:\n  Os: alinux2\n'],
    ['yaml', 'cluster.yaml-template', ''],
    ['yaml', 'stack.template', ''],
  ])('%s: %s', (id, file, text) => {
    expect(formatOf(file, Buffer.from(text))?.id).toBe(id);
  });

  it.each(['app.py', 'notes.md', 'index.ts', 'x.html'])('nothing: %s', (file) => {
    expect(formatOf(file, Buffer.from('x'))).toBeUndefined();
  });
});
