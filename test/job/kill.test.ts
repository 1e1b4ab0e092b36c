/** Kills runs at every boundary of the journal and repeats the command: the result is one image and nothing else. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { readHistory, readPath } from '../../src/aws/parameters.ts';
import { readJournal } from '../../src/run/journal.ts';
import type { RunResult } from '../../src/entries/result.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const args = ['--os', 'ubuntu2204', '--arch', 'x86_64', '--sandbox', '--json'];
const parameter = '/hpc/ami/stable/ubuntu2204/x86_64/3.16.3';
const preload = path.join(repository, 'test/support/kill-at.mjs');

let folder = 'none yet';
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Mounts that a rehearsal could leave: overlays, and mounts in the folder. Other programs add and remove the rest. */
function mounts(): string {
  const all = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return all.filter((line) => line.includes(' - overlay ') || line.includes(folder)).join('\n');
}

/** The processes that work in this folder. */
function processes(): string {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return all
    .split('\n')
    .filter((line) => line.includes(folder))
    .join('\n');
}

async function expectOneImage(result: RunResult): Promise<void> {
  const fingerprint = result.images[0]?.fingerprint as string;
  await withAccount({ state: stateOf(folder) }, async (aws) => {
    for (const region of ['us-east-1', 'eu-west-1']) {
      const images = await findAmis(aws, region, {
        owners: ['self'],
        filters: { 'tag:bakery:fingerprint': [fingerprint] },
      });
      expect(images.map((image) => image.state)).toEqual(['available']);
      const history = await readHistory(aws, region, parameter);
      expect(history.at(-1)).toBe(images[0]?.id);
      expect(history.filter((id) => id === images[0]?.id)).toHaveLength(1);
    }
    expect([...(await readPath(aws, 'us-east-1', '/hpc/ami/lock')).keys()]).toEqual([]);
  });
}

describe('kill -9 and the same command again', () => {
  it('leaves one image, one parameter value, no lease, no process and no mount, at every boundary of the journal', async () => {
    const before = mounts();
    let boundary = 1;
    for (; boundary < 100; boundary++) {
      folder = emptyFolder();
      const killed = await bake(args, {
        cwd: folder,
        env: { NODE_OPTIONS: `--import ${preload}`, KILL_AT: String(boundary) },
      });
      if (killed.signal !== 'SIGKILL') {
        expect(killed.exitCode, killed.stderr).toBe(0);
        break;
      }
      const again = await bake(args, { cwd: folder });
      expect(again.exitCode, again.stderr).toBe(0);
      const result = JSON.parse(again.stdout) as RunResult;
      await expectOneImage(result);
      const ends = fs
        .readdirSync(path.join(folder, '.bakery/runs'))
        .map((run) => readJournal(path.join(folder, '.bakery/runs', run, 'journal.jsonl')))
        .filter((lines) => lines.length > 0)
        .map((lines) => lines.at(-1)?.type);
      expect(new Set(ends)).toEqual(new Set(['end']));
      expect(processes()).toBe('');
      expect(mounts()).toBe(before);
      fs.rmSync(folder, { recursive: true });
    }
    // begin, and begun and done of four writing stages, each twice. With fewer, the kill did not reach them.
    expect(boundary).toBeGreaterThan(18);
  }, 600_000);

  it('leaves the same after kills at random moments', async () => {
    const before = mounts();
    for (let round = 0; round < 8; round++) {
      folder = emptyFolder();
      const killer = new AbortController();
      const timer = setTimeout(() => killer.abort(), 150 + round * 350);
      await bake(args, { cwd: folder, killed: killer.signal });
      clearTimeout(timer);
      const again = await bake(args, { cwd: folder });
      expect(again.exitCode, again.stderr).toBe(0);
      await expectOneImage(JSON.parse(again.stdout) as RunResult);
      expect(processes()).toBe('');
      expect(mounts()).toBe(before);
      fs.rmSync(folder, { recursive: true });
    }
  }, 300_000);
});
