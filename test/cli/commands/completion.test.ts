/** Tests completion: bash completes for real; the scripts for zsh and fish are checked if those shells are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorTable } from '../../../src/errors/table.ts';
import { bakeable } from '../../../src/os/index.ts';
import { bake } from '../../support/bake.ts';

const folder = mkdtempSync(join(tmpdir(), 'bake-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  writeFileSync(join(folder, 'bakery two.yaml'), '');
});

const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) scripts.set(shell, (await bake(['completion', shell])).stdout);
});

/** The completions that bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const file = join(folder, 'bake.bash');
  writeFileSync(file, scripts.get('bash') ?? '');
  const ask =
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bake; printf "%s\\n" "${COMPREPLY[@]}"';
  const stdout = execFileSync('bash', ['--norc', '-c', ask, 'bash', file, 'bake', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  test('completes commands', () => {
    expect(offered('rot')).toEqual(['rotate']);
    expect(offered('')).toContain('run');
    expect(offered('')).not.toContain('schema');
  });

  test.each([
    [['--os', '']],
    [['plan', '--os', '']],
    [['--os', 'alinux2', '--os', '']],
    [['rotate', '--check', '--os', '']],
  ])('completes OS ids after %j', (words) => expect(offered(...words)).toEqual([...bakeable]));

  test('completes a value after an equals sign, which bash treats as a word of its own', () => {
    expect(offered('plan', '--os', '=', 'rh')).toEqual(['rhel8', 'rhel9']);
    expect(offered('plan', '--os', '=')).toEqual([...bakeable]);
  });

  test('completes only the options of the command', () => {
    expect(offered('rotate', '--a')).toEqual(['--arch', '--allow-unresolved']);
    expect(offered('--config', 'plan', '--al')).toEqual(['--all']);
  });

  test('completes error codes and shells', () => {
    expect(offered('explain', 'CA_')).toEqual(
      Object.keys(errorTable).filter((code) => code.startsWith('CA_')),
    );
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('completes shipped recipes, and files beside them', () => {
    expect(offered('plan', '--recipe', 'sta')).toEqual(['standard']);
    expect(offered('--recipe', '')).toEqual(
      expect.arrayContaining(['minimal', 'standard', 'bakery two.yaml']),
    );
    expect(offered('explain', 'min')).toEqual(['minimal']);
  });

  test('keeps a file name with a space whole', () => {
    expect(offered('--config', 'bakery')).toEqual(['bakery two.yaml']);
  });
});

describe.each([
  ['zsh', ['-n']],
  ['fish', ['--no-config', '-n']],
])('%s', (shell, flags) => {
  const present = spawnSync(shell, ['--version']).status === 0;
  test.skipIf(!present)('accepts the script', () => {
    const file = join(folder, `bake.${shell}`);
    writeFileSync(file, scripts.get(shell) ?? '');
    expect(spawnSync(shell, [...flags, file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  test('names every OS and command', () => {
    const script = scripts.get(shell) ?? '';
    for (const word of [...bakeable, 'rotate', 'sandbox', 'CA_LEAF']) expect(script).toContain(word);
  });
});
