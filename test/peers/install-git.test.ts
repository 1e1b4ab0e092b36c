/** Installs bake from a git reference, as README says: npm builds the package from the commit (it needs npm's registry). */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { plainEnvironment } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();

it('runs from a git reference with its commit, which the lock file keeps', () => {
  const folder = emptyFolder();
  const run = (command: string) => {
    const env = { ...plainEnvironment(), npm_config_update_notifier: 'false' };
    return spawnSync('bash', ['-c', command], { cwd: folder, env, encoding: 'utf8' });
  };
  const reference = `git+file://${repository}#${commit}`;
  const installed = run(`npm install --save-dev --prefer-offline --no-audit --no-fund '${reference}'`);
  expect(installed.status, installed.stderr).toBe(0);
  expect(fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8')).toContain(`#${commit}"`);
  const ran = run('npx --no-install bake --os alinux2 --sandbox');
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stdout).toContain('\nNext\n  npx bake images diff ');
  fs.rmSync(folder, { recursive: true });
}, 300_000);
