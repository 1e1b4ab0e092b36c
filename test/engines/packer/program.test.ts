/** Tests which versions of Packer are accepted, and the errors about the others. */
import fs from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { findPacker, profileOf, readVersion } from '../../../src/engines/packer/program.ts';
import type { PackerSettings } from '../../../src/engines/packer/section.ts';
import { emptyFolder } from '../../support/project.ts';
import { writeProgram } from './support/program.ts';

const folder = emptyFolder();
afterAll(() => fs.rmSync(folder, { recursive: true }));

const env = { PATH: '/usr/bin:/bin' };

function settings(command: string, more: Partial<PackerSettings> = {}): PackerSettings {
  return { command, allowLegacy: false, ssh: 'private', sshFrom: [], ...more };
}

/** Writes a program that reports this version of Packer, and these plug-ins. */
function version(text: string, plugins = ''): string {
  const body = `case "$1" in version) echo 'Packer v${text}';; plugins) echo '${plugins}';; esac`;
  return writeProgram(folder, body, `packer-${text}-${plugins.length}`);
}

const PLUGIN =
  '/home/a/.config/packer/plugins/github.com/hashicorp/amazon/packer-plugin-amazon_v1.8.2_x5.0_linux_amd64';

describe('Packer', () => {
  it.each([
    ['1.5.6', undefined],
    ['1.6.6', 'legacy'],
    ['1.8.7', 'legacy'],
    ['1.9.0', 'modern'],
    ['1.16.0', 'modern'],
    ['2.0.0', 'modern'],
  ])('%s gets the templates of profile %s', (text, profile) => expect(profileOf(text)).toBe(profile));

  it('reports its version in the first line of its output', () => {
    expect(readVersion('Packer v1.16.0\n\nYour version of Packer is out of date!')).toBe('1.16.0');
    expect(readVersion('zsh: command not found')).toBeUndefined();
  });

  it('is accepted if it is new enough and has the plug-in', async () => {
    const command = version('1.16.0', PLUGIN);
    expect(await findPacker(settings(command), env)).toEqual({
      command,
      version: '1.16.0',
      profile: 'modern',
    });
  });

  it('is refused without the plug-in, and the error says how to install it', async () => {
    const found = findPacker(settings(version('1.16.0')), env);
    await expect(found).rejects.toMatchObject({
      code: 'PACKER_PLUGIN',
      exit: 3,
      hint: expect.stringContaining('plugins install --path') as string,
    });
  });

  it('is refused if it is old, and the error names each option that it lacks', async () => {
    const found = findPacker(settings(version('1.6.6')), env);
    await expect(found).rejects.toMatchObject({
      code: 'PACKER_OLD',
      exit: 3,
      hint: expect.stringContaining('allowLegacy') as string,
    });
    for (const lack of [
      'metadata_options',
      'imds_support',
      'deprecate_at',
      'deregistration_protection',
      'ami_org_arns',
      'skip_create_ami',
    ])
      await expect(found).rejects.toThrow(lack);
  });

  it('is accepted with allowLegacy if it is old, but not if it is older than 1.6', async () => {
    const legacy = { allowLegacy: true };
    expect(await findPacker(settings(version('1.6.6'), legacy), env)).toMatchObject({ profile: 'legacy' });
    await expect(findPacker(settings(version('1.5.6'), legacy), env)).rejects.toMatchObject({
      code: 'PACKER_OLD',
    });
  });

  it.each([
    ['is not on PATH', 'packer-not-installed', /there is no such program/],
    ['fails', writeProgram(folder, 'echo broken >&2; exit 1', 'packer-broken'), /broken/],
    ['is another program', writeProgram(folder, 'echo hello', 'packer-other'), /does not tell its version/],
  ])('counts as missing if it %s', async (_what, command, reason) => {
    const found = findPacker(settings(command), env);
    await expect(found).rejects.toMatchObject({ code: 'PACKER_MISSING', exit: 3 });
    await expect(found).rejects.toThrow(reason);
  });

  it('needs the Session Manager plug-in if it connects through Session Manager', async () => {
    const wanted = settings(version('1.16.0', PLUGIN), { ssh: 'session-manager' });
    await expect(findPacker(wanted, env)).rejects.toMatchObject({
      code: 'SESSION_MANAGER_MISSING',
      exit: 3,
    });
    writeProgram(folder, '', 'session-manager-plugin');
    expect(await findPacker(wanted, { PATH: `${env.PATH}:${folder}` })).toMatchObject({ profile: 'modern' });
  });
});
