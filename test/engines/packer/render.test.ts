/**
 * Tests that the Packer templates parse, are safe and reproducible, and have the same scripts as Image Builder.
 */
import { posix } from 'node:path';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderComponents } from '../../../src/engines/imagebuilder/components.ts';
import { textsOf } from '../../../src/render/file.ts';
import { renderPacker, TEMPLATES, type PackerInput } from '../../../src/engines/packer/render.ts';
import { fullInputs, hostile, hostileInputs } from '../../image/support/inputs.ts';
import { ebsOptions, provisionerOptions, wrongOptions } from './support/packer-options.ts';
import { packerInput } from './support/packer-input.ts';

type Parsed = Record<string, unknown>;

async function sourceOf(input: PackerInput): Promise<{ source: unknown; whole: Parsed; text: string }> {
  const text = textsOf(renderPacker(input)).find(({ path }) => path === 'packer/image.pkr.hcl')?.text ?? '';
  const whole = await parseHcl('image.pkr.hcl', text);
  return { source: at(whole, 'source', 'amazon-ebs', 'image', 0), whole, text };
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Parsed | undefined)?.[key], value);
}

describe('the template', () => {
  test('parses and restricts access by default', async () => {
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

  test("uses the user's subnet, security groups and key", async () => {
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

  test('requires versions of Packer and of the plug-in', async () => {
    const { whole } = await sourceOf(packerInput('alinux2'));
    expect(whole['packer']).toMatchObject([
      {
        required_version: '>= 1.9.0',
        required_plugins: [{ amazon: { source: 'github.com/hashicorp/amazon' } }],
      },
    ]);
  });

  test('tags the image, the snapshots and all temporary resources with the run', async () => {
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

  test('does not evaluate expressions in texts of the user', async () => {
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
    const expected =
      /^\$\{(path\.root|local\.staging|var\.run|"files\/[0-9a-f]{64}"|"steps\/[0-9]+-[A-Za-z0-9._-]+\.sh"|"bakery-[A-Za-z0-9._-]+")\}$/;
    expect(ours.filter((found) => !expected.test(found))).toEqual([]);
    const expressions = template.match(/\{\{.*?\}\}/g) ?? [];
    expect(expressions.filter((found) => !['{{`{{`}}', '{{ .Path }}'].includes(found))).toEqual([]);
  });
});

describe('every template', () => {
  const settings = { command: 'packer', allowLegacy: true, ssh: 'private', sshFrom: [] } as const;
  const plain = { settings };
  const builder = {
    ...packerInput('alinux2').builder,
    subnet: 'subnet-0123456789abcdef0',
    securityGroups: ['sg-0123456789abcdef0'],
    kmsKey: 'alias/bakery',
    tags: { FirewallPolicy: 'mirrors-only' },
  } as const;
  const own = { builder, settings: { ...settings, ssh: 'session-manager' } } as const;

  async function templatesOf(input: PackerInput): Promise<[path: string, whole: Parsed][]> {
    const files = textsOf(renderPacker(input)).filter((file) => file.path.endsWith('.pkr.hcl'));
    return Promise.all(
      files.map(async (file): Promise<[string, Parsed]> => [file.path, await parseHcl(file.path, file.text)]),
    );
  }

  function sourcesOf(whole: Parsed): [type: string, source: Parsed][] {
    const byName = (at(whole, 'source', 'amazon-ebs') ?? {}) as Record<string, Parsed[]>;
    return Object.values(byName).flatMap((list) =>
      list.map((source): [string, Parsed] => ['amazon-ebs', source]),
    );
  }

  test('uses only options that exist in Packer, with values of the right type', async () => {
    for (const more of [plain, own]) {
      const templates = await templatesOf(packerInput('alinux2', fullInputs('alinux2'), more));
      expect(templates.map(([path]) => path)).toEqual([
        TEMPLATES.modern.image,
        TEMPLATES.modern.verify,
        TEMPLATES.legacy.image,
        TEMPLATES.legacy.verify,
      ]);
      for (const [path, whole] of templates) {
        const old = path.includes('/legacy/');
        const [[, source] = ['', {}]] = sourcesOf(whole);
        expect(wrongOptions(source, ebsOptions, old), path).toEqual([]);
        const builds = at(whole, 'build', 0) as Parsed;
        for (const [type, known] of Object.entries(provisionerOptions)) {
          for (const one of (at(builds, 'provisioner', type) ?? []) as Parsed[]) {
            expect(wrongOptions(one, known, old), `${path} ${type}`).toEqual([]);
          }
        }
      }
    }
  });

  test('is checked for wrong names, wrong types and options that an old Packer does not have', () => {
    expect(wrongOptions({ imds_suport: 'v2.0' }, ebsOptions, false)).toEqual([
      'imds_suport: there is no such option',
    ]);
    expect(wrongOptions({ security_group_ids: 'sg-1' }, ebsOptions, false)).toEqual([
      'security_group_ids: expected a list',
    ]);
    expect(wrongOptions({ imds_support: 'v2.0' }, ebsOptions, true)).toEqual([
      'imds_support: Packer 1.6 does not have it',
    ]);
    expect(wrongOptions({ metadata_options: [{ http_token: 'required' }] }, ebsOptions, false)).toEqual([
      'metadata_options.http_token: there is no such option',
    ]);
  });

  test('allows no access from the internet, and tags everything that it starts and deletes it with the instance', async () => {
    for (const [path, whole] of await templatesOf(packerInput('alinux2', fullInputs('alinux2'), own))) {
      const [[, source] = ['', {}]] = sourcesOf(whole);
      expect(source, path).toMatchObject({
        associate_public_ip_address: false,
        ssh_interface: 'session_manager',
        shutdown_behavior: 'terminate',
        security_group_ids: ['sg-0123456789abcdef0'],
        run_tags: '${local.run_tags}',
        run_volume_tags: '${local.run_tags}',
      });
      expect(source['temporary_key_pair_name'], path).toMatch(/^bakery-run-\$\{var\.run\}-/);
      expect(at(whole, 'locals', 0, 'run_tags'), path).toEqual({
        Name: 'bake alinux2 x86_64',
        'bakery:run': '${var.run}',
        'bakery:target': 'alinux2-x86_64-3.15.1',
        FirewallPolicy: 'mirrors-only',
      });
    }
  });

  test("waits four hours for a snapshot instead of Packer's half hour", async () => {
    for (const [path, whole] of await templatesOf(packerInput('alinux2', fullInputs('alinux2'), own))) {
      const seconds = Number(at(whole, 'variable', 'poll_seconds', 0, 'default'));
      expect(seconds * Number(at(whole, 'variable', 'polls', 0, 'default')), path).toBe(4 * 3600);
    }
  });

  test('is written for an old Packer only if bakery.yaml allows it', async () => {
    const templates = await templatesOf(packerInput('alinux2'));
    expect(templates.map(([path]) => path)).toEqual([TEMPLATES.modern.image, TEMPLATES.modern.verify]);
  });

  test('has its own folder, because Packer reads all files of a folder as one template', () => {
    const files = renderPacker(packerInput('alinux2', fullInputs('alinux2'), plain));
    const folders = files
      .filter(({ path }) => path.endsWith('.pkr.hcl'))
      .map(({ path }) => path.replace(/[^/]*$/, ''));
    expect(new Set(folders).size).toBe(folders.length);
  });
});

describe('the second boot', () => {
  test('makes no image and runs the rows of the image', async () => {
    const builder = { ...packerInput('alinux2').builder };
    const files = textsOf(renderPacker(packerInput('alinux2', fullInputs('alinux2'), { builder })));
    const text = files.find(({ path }) => path === TEMPLATES.modern.verify)?.text ?? '';
    const whole = await parseHcl('verify.pkr.hcl', text);
    expect(at(whole, 'source', 'amazon-ebs', 'verify', 0)).toMatchObject({
      source_ami: '${var.image}',
      skip_create_ami: true,
    });
    expect(at(whole, 'build', 0, 'provisioner', 'file', 0, 'source')).toBe('${path.root}/../verify/');
    expect(text).not.toContain('steps/');
  });
});

test('equal input gives equal bytes', () => {
  expect(renderPacker(packerInput('ubuntu2204'))).toEqual(renderPacker(packerInput('ubuntu2204')));
});

test('every provisioner runs a file that bake writes, in order', () => {
  const files = textsOf(renderPacker(packerInput('ubuntu2204')));
  const named = [...(files[0]?.text ?? '').matchAll(/"(steps\/[^"]+)"/g)].map(([, path]) => `packer/${path}`);
  expect(named).toEqual(files.map(({ path }) => path).filter((path) => path.startsWith('packer/steps/')));
  expect(named.length).toBeGreaterThan(5);
});

test.each(['modern', 'legacy'] as const)(
  '%s: each file is uploaded right before the step that needs it',
  (profile) => {
    const input = packerInput('ubuntu2204');
    const steps = input.steps.filter(({ files }) => files);
    expect(steps).toHaveLength(2);
    const files = renderPacker({ ...input, settings: { ...input.settings, allowLegacy: true } });
    const { image } = TEMPLATES[profile];
    const text = textsOf(files).find(({ path }) => path === image)?.text ?? '';
    const provisioners = text.split('  provisioner ').slice(1);
    for (const { id, files: [file] = [] } of steps) {
      const index = provisioners.findIndex((one) => one.includes(`= "/opt/bakery/staging/${file?.sha256}"`));
      expect(provisioners[index + 1]).toMatch(new RegExp(`^"shell" .*-${id}[.]sh`, 's'));
      const [, source = ''] =
        /^"file" .*source[^/]*[/]\$\{"([^"]+)"\}/s.exec(provisioners[index] ?? '') ?? [];
      const written = posix.join(posix.dirname(image), source);
      expect(files.find((one) => one.path === written)).toEqual({ path: written, file });
    }
    expect(text.indexOf('install -d -m 0700')).toBeLessThan(text.indexOf('provisioner "file"'));
  },
);

test.each(['alinux2', 'rocky9', 'ubuntu2204'])('%s: Packer and Image Builder get the same bytes', (os) => {
  const input = packerInput(os);
  const fromPacker = textsOf(renderPacker(input))
    .filter(({ path }) => /^packer\/(steps|verify)\/[0-9]/.test(path))
    .map(({ text }) => text);
  const { components } = renderComponents(input.steps, input.rows, { label: input.label, prefix: 'bakery' });
  const fromImageBuilder = components.flatMap(({ document }) =>
    (parse(document) as { phases: { steps: { inputs: { commands: string[] } }[] }[] }).phases.flatMap(
      (phase) => phase.steps.flatMap((step) => step.inputs.commands),
    ),
  );
  // Steps that only copy files are not compared.
  expect(fromPacker).toEqual(fromImageBuilder.filter((script) => script.startsWith('#!')));
});
