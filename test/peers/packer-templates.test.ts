/** Tests that real Packers accept the templates, with and without user settings. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bakeable } from '../../src/os/index.ts';
import { renderPacker, TEMPLATES, type PackerInput } from '../../src/engines/packer/render.ts';
import { fullInputs } from '../image/support/inputs.ts';
import { packerInput } from '../engines/packer/support/packer-input.ts';
import { packerEnvironment, packers } from './packer.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'bake-packer-'));
afterAll(() => fs.rmSync(root, { recursive: true }));

const settings = { command: 'packer', allowLegacy: true, ssh: 'private', sshFrom: [] } as const;
const plain = { settings };
const builder = {
  ...packerInput('alinux2').builder,
  subnet: 'subnet-0123456789abcdef0',
  securityGroups: ['sg-0123456789abcdef0'],
  kmsKey: 'alias/bakery',
  tags: { FirewallPolicy: 'mirrors-only', 'odd "quotes" ${and} {{braces}}': "it's $HOME %{x}" },
} as const;
const own = { builder, settings: { ...settings, ssh: 'session-manager' } } as const;

function write(name: string, more: Partial<PackerInput>, target: string): string {
  const folder = path.join(root, name);
  for (const file of renderPacker(packerInput(target, fullInputs(target), more))) {
    const to = path.join(folder, file.path);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    if ('text' in file) fs.writeFileSync(to, file.text, { mode: file.mode });
    else fs.copyFileSync(file.file.source, to);
  }
  return folder;
}

function validate(command: string, file: string, ...vars: string[]): string {
  const args = ['validate', ...vars.flatMap((text) => ['-var', text]), path.basename(file)];
  const ran = spawnSync(command, args, {
    cwd: path.dirname(file),
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CHECKPOINT_DISABLE: '1',
      ...packerEnvironment(),
    },
  });
  return ran.status === 0 ? '' : `${ran.stdout}${ran.stderr}`;
}

describe.each(packers())('$title', ({ command, legacy }) => {
  const templates = TEMPLATES[legacy ? 'legacy' : 'modern'];

  it.each(bakeable)('formats the templates of %s in the same way', (target) => {
    const settingsOfUsers: Record<string, Partial<PackerInput>> = {
      plain,
      own,
      tagged: { ...plain, builder: { ...builder, tags: { é: '1', 'a much longer name of a tag': '2' } } },
      open: { ...plain, builder: packerInput('alinux2').builder },
      sized: { ...own, base: { ...packerInput(target).base, sizeGiB: 200 } },
    };
    for (const [name, more] of Object.entries(settingsOfUsers)) {
      const folder = write(`${target}-fmt-${name}-${legacy}`, more, target);
      for (const file of Object.values(TEMPLATES).flatMap(({ image, verify }) => [image, verify])) {
        const { status, stdout, stderr } = spawnSync(
          command,
          ['fmt', '-check', '-diff', path.join(folder, file)],
          {
            encoding: 'utf8',
            env: { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1', ...packerEnvironment() },
          },
        );
        expect([status, stdout, stderr]).toEqual([0, '', '']);
      }
    }
  });

  it.each(bakeable)('accepts both templates of %s', (target) => {
    for (const [name, more] of Object.entries({ plain, own })) {
      const folder = write(`${target}-${name}-${legacy}`, more, target);
      expect(validate(command, path.join(folder, templates.image), 'fingerprint=', 'ssh_port=20022')).toBe(
        '',
      );
      expect(validate(command, path.join(folder, templates.verify), 'image=ami-0123456789abcdef0')).toBe('');
    }
  });

  it.skipIf(legacy)('refuses to open the instance to every address', () => {
    const folder = write('world', plain, 'alinux2');
    const said = validate(command, path.join(folder, templates.image), 'source_cidrs=["0.0.0.0/0"]');
    expect(said).toContain('must not be open to the world');
  });

  it.runIf(legacy)('refuses the modern templates, which use features that it lacks', () => {
    const folder = write('modern', plain, 'alinux2');
    expect(validate(command, path.join(folder, TEMPLATES.modern.image))).not.toBe('');
  });
});
