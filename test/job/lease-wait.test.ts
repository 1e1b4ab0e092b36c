/** Tests that a wait for the lease of another host says until when, in the quietest forms of output, too. */
import fs from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { createParameter, deleteParameter } from '../../src/aws/parameters.ts';
import type { RunResult } from '../../src/entries/result.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake, startBake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

const args = ['--os', 'ubuntu2204', '--arch', 'x86_64', '--sandbox'];
let folder = 'none yet';
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it.each([['--json'], ['--quiet'], ['--json', '--quiet'], ['--no-color']])(
  'a wait for a lease is shown on stderr with %s %s',
  async (...quiet) => {
    folder = exampleProject();
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const plan = await bake(['plan', ...args, '--json'], { cwd: folder });
      const { images } = JSON.parse(plan.stdout) as RunResult;
      const print = images[0]?.fingerprint.replace('sha256:', '').slice(0, 12) ?? '';
      const name = `/hpc/ami/lock/${print}/1`;
      const heartbeat = aws.now().toISOString();
      const owner = { host: 'elsewhere', pid: 1, started: '1' };
      const lease = JSON.stringify({ token: 't', run: 'old', owner, since: heartbeat, heartbeat });
      expect(await createParameter(aws, 'us-east-1', name, lease)).toBe(true);
      const running = startBake([...args, ...quiet], { cwd: folder });
      await running.until(({ stderr }) => /at most until \d\d:\d\d UTC/.test(stderr));
      await deleteParameter(aws, 'us-east-1', name);
      const ran = await running.ended;
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stderr.match(/waiting for run old on elsewhere/g)).toHaveLength(1);
    });
  },
  120_000,
);
