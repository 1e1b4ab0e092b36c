/** Owns: the Packer template parses, is safe by default, is reproducible and carries the same scripts as Image Builder. */
import { parse as parseHcl } from '@cdktf/hcl2json';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderComponents } from '../../src/render/imagebuilder.ts';
import { renderPacker, type PackerInput } from '../../src/render/packer.ts';
import { fullInputs, hostile, hostileInputs } from '../image-steps/support/inputs.ts';
import { packerInput } from './support/packer-input.ts';

type Parsed = Record<string, unknown>;

async function sourceOf(input: PackerInput): Promise<{ source: unknown; whole: Parsed; text: string }> {
  const text = renderPacker(input).find(({ path }) => path === 'packer/image.pkr.hcl')?.text ?? '';
  const whole = await parseHcl('image.pkr.hcl', text);
  return { source: at(whole, 'source', 'amazon-ebs', 'image', 0), whole, text };
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Parsed | undefined)?.[key], value);
}

describe('the template', () => {
  test('parses and is closed by default', async () => {
    const { source } = await sourceOf(packerInput('alinux2'));
    expect(source).toMatchObject({
      source_ami: 'ami-0123456789abcdef0',
      ssh_interface: 'private_ip',
      associate_public_ip_address: false,
      imds_support: 'v2.0',
      metadata_options: [{ http_tokens: 'required' }],
      launch_block_device_mappings: [{ encrypted: true, volume_type: 'gp3', volume_size: '40' }],
      temporary_security_group_source_cidrs: '${var.source_cidrs}',
    });
    expect(source).not.toHaveProperty('security_group_ids');
  });

  test('is never open to the world', async () => {
    const { whole } = await sourceOf(packerInput('alinux2'));
    const cidrs = at(whole, 'variable', 'source_cidrs', 0);
    expect(at(cidrs, 'default')).not.toContain('0.0.0.0/0');
    expect(JSON.stringify(cidrs)).toContain('must not be open to the world');
  });

  test('takes the own subnet, security groups and key', async () => {
    const builder = {
      ...packerInput('alinux2').builder,
      subnet: 'subnet-0123456789abcdef0',
      securityGroups: ['sg-0123456789abcdef0', 'sg-1'],
      kmsKey: 'alias/bakery',
    };
    const { source, whole } = await sourceOf(packerInput('alinux2', fullInputs('alinux2'), { builder }));
    expect(source).toMatchObject({
      subnet_id: 'subnet-0123456789abcdef0',
      security_group_ids: ['sg-0123456789abcdef0', 'sg-1'],
      launch_block_device_mappings: [{ kms_key_id: 'alias/bakery' }],
    });
    expect(whole['variable']).not.toHaveProperty('source_cidrs');
  });

  test('names the needed Packer and plug-in', async () => {
    const { whole } = await sourceOf(packerInput('alinux2'));
    expect(whole['packer']).toMatchObject([
      {
        required_version: '>= 1.9.0',
        required_plugins: [{ amazon: { source: 'github.com/hashicorp/amazon' } }],
      },
    ]);
  });

  test('tags image, snapshots and everything under way with the run', async () => {
    const { source, whole } = await sourceOf(packerInput('alinux2'));
    const locals = at(whole, 'locals', 0);
    expect(at(locals, 'image_tags')).toMatchObject({
      'parallelcluster:version': '3.15.1',
      'parallelcluster:os': 'alinux2',
      'parallelcluster:build_status': 'available',
      'parallelcluster:image_id': 'bakery-alinux2-x86-64-3-15-1-0123456789ab',
      'bakery:run': '${var.run}',
    });
    expect(at(locals, 'run_tags')).toMatchObject({ 'bakery:run': '${var.run}' });
    expect(source).toMatchObject({ tags: '${local.image_tags}', run_tags: '${local.run_tags}' });
  });

  test('evaluates nothing that came from outside', async () => {
    const text = hostile.join(' ').slice(0, 250);
    const input = packerInput('rocky9', hostileInputs('rocky9'));
    const { text: template } = await sourceOf({
      ...input,
      label: text,
      recipe: text,
      base: { ...input.base, description: text },
      builder: { ...input.builder, tags: { [text.slice(0, 100)]: text } },
    });
    const ours = template.match(/[$%]\{[^}]*\}/g) ?? [];
    const expected = /^\$\{ ?(path\.root|local\.staging|var\.run|"steps\/[0-9]+-[A-Za-z0-9._-]+\.sh" )\}$/;
    expect(ours.filter((found) => !expected.test(found))).toEqual([]);
    const expressions = template.match(/\{\{.*?\}\}/g) ?? [];
    expect(expressions.filter((found) => !['{{`{{`}}', '{{ .Path }}'].includes(found))).toEqual([]);
  });
});

test('equal input gives equal bytes', () => {
  expect(renderPacker(packerInput('ubuntu2204'))).toEqual(renderPacker(packerInput('ubuntu2204')));
});

test('every provisioner runs a file that is written, in order', () => {
  const files = renderPacker(packerInput('ubuntu2204'));
  const named = [...(files[0]?.text ?? '').matchAll(/"(steps\/[^"]+)"/g)].map(([, path]) => `packer/${path}`);
  expect(named).toEqual(files.map(({ path }) => path).filter((path) => path.startsWith('packer/steps/')));
  expect(named.length).toBeGreaterThan(5);
});

test.each(['alinux2', 'rocky9', 'ubuntu2204'])('%s: Packer and Image Builder get the same bytes', (os) => {
  const input = packerInput(os);
  const fromPacker = renderPacker(input)
    .filter(({ path }) => /^packer\/(steps|verify)\/[0-9]/.test(path))
    .map(({ text }) => text);
  const { components } = renderComponents(input.steps, input.rows, { label: input.label, prefix: 'bakery' });
  const fromImageBuilder = components.flatMap(({ document }) =>
    (parse(document) as { phases: { steps: { inputs: { commands: string[] } }[] }[] }).phases.flatMap(
      (phase) => phase.steps.flatMap((step) => step.inputs.commands),
    ),
  );
  expect(fromPacker).toEqual(fromImageBuilder);
});
