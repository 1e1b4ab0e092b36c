/** Tests that actionlint and shellcheck find nothing in our workflows and in the one that `bake init` writes. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bake } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const actionlint = path.join(repository, '.cache/go/bin/actionlint');
const missing = !fs.existsSync(actionlint);
if (missing && process.env['CI'] === 'true')
  throw new Error('actionlint is not installed: scripts/ci-setup does it');

function lint(file: string): string {
  const ran = spawnSync(actionlint, ['-no-color', file], { cwd: repository, encoding: 'utf8' });
  if (ran.error) throw ran.error;
  return ran.stdout + ran.stderr;
}

describe.skipIf(missing)(`actionlint${missing ? ' (skipped: not installed)' : ''}`, () => {
  it.each(['bake.yml', 'ci.yml'])('passes %s', (name) => {
    expect(lint(path.join(repository, '.github/workflows', name))).toBe('');
  });

  it('finds a mistake', () => {
    const file = path.join(emptyFolder(), 'broken.yml');
    const text = fs.readFileSync(path.join(repository, '.github/workflows/bake.yml'), 'utf8');
    fs.writeFileSync(file, text.replace('steps.plan.outputs.targets', 'steps.plam.outputs.targets'));
    expect(lint(file)).toContain('plam');
    fs.rmSync(path.dirname(file), { recursive: true });
  });

  it('passes the workflow that init writes', async () => {
    const folder = emptyFolder();
    expect((await bake(['init'], { cwd: folder })).exitCode).toBe(0);
    expect(lint(path.join(folder, '.github/workflows/bake.yml'))).toBe('');
    fs.rmSync(folder, { recursive: true });
  });
});

describe('the workflows', () => {
  const text = fs
    .readdirSync(path.join(repository, '.github/workflows'))
    .map((name) => fs.readFileSync(path.join(repository, '.github/workflows', name), 'utf8'))
    .join('\n');
  const action = fs.readFileSync(path.join(repository, 'action.yml'), 'utf8');

  it('pin every action by commit, with its release beside it', () => {
    const uses = [...`${text}\n${action}`.matchAll(/uses: (.*)/g)].map((match) => match[1] as string);
    expect(uses.length).toBeGreaterThan(5);
    for (const use of uses) expect(use).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('grant only read permissions at the top', () => {
    expect(text.match(/^permissions:\n {2}contents: read$/gm)).toHaveLength(2);
  });
});
