/** The benchmark of start-up runs all its programs. Its times are judged by `npm run bench` only. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bakeBin } from '../support/bake.ts';

test('the smoke run of the benchmark measures every command', () => {
  bakeBin();
  const stdout = execFileSync(process.execPath, ['bench/run.mjs', '--smoke'], { encoding: 'utf8' });
  const [head, , ...rows] = stdout.trim().split('\n');
  expect(head).toContain('bake run --sandbox, unchanged');
  expect(rows).toHaveLength(1);
  for (const row of rows) expect(row.match(/\d+\.\d\d×/g)).toHaveLength(4);
});
