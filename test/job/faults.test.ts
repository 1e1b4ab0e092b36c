/** Tests runs under throttles, 5xx, lost answers and lagging reads: the result is the same, only later. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { readHistory, readPath } from '../../src/aws/parameters.ts';
import type { RunResult } from '../../src/entries/result.ts';
import type { Faults } from '../../src/sandbox/contract.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

const regions = ['us-east-1', 'eu-west-1'];

async function bakeUnder(faults: Faults): Promise<void> {
  const folder = exampleProject();
  await withAccount({ state: stateOf(folder) }, async (aws, { endpoint }) => {
    const set = (body: Faults): Promise<Response> =>
      fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });
    await set(faults);
    const ran = await bake(['--os', 'ubuntu2204', '--arch', 'x86_64', '--json'], {
      cwd: folder,
      env: { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    });
    await set({});
    expect(ran.exitCode, ran.stderr).toBe(0);
    const result = JSON.parse(ran.stdout) as RunResult;
    expect(result.images.map((image) => image.region)).toEqual(regions);
    for (const { region, imageId, fingerprint } of result.images) {
      const images = await findAmis(aws, region, {
        owners: ['self'],
        filters: { 'tag:bakery:fingerprint': [fingerprint] },
      });
      expect(images.map((image) => image.id)).toEqual([imageId]);
      expect(images[0]?.tags['bakery:verify']).toMatch(/ passed, 0 failed/);
      expect((await readHistory(aws, region, result.parameters[0]?.name ?? '')).at(-1)).toBe(imageId);
    }
    expect([...(await readPath(aws, 'us-east-1', '/hpc/ami/lock')).keys()]).toEqual([]);
  });
  fs.rmSync(folder, { recursive: true });
}

describe('a run under faults', () => {
  it('gives the same result when 20 % of the calls are throttled, get a 5xx or lose their answer', async () => {
    await bakeUnder({ throttle: 0.07, serverError: 0.07, lostAnswer: 0.06, seed: 11 });
  }, 90_000);

  it('gives the same result when reads lag two seconds behind', async () => {
    await bakeUnder({ staleMs: 2000 });
  }, 90_000);
});

describe('an image that fails its checks', () => {
  it('is removed, also after a second try, and nothing references it', async () => {
    const expectations = '- command: "false"\n  because: this must turn red\n';
    const folder = exampleProject({ 'expect.yaml': expectations });
    await withAccount({ state: stateOf(folder) }, async (aws, { endpoint }) => {
      const before = await findAmis(aws, 'us-east-1', { owners: ['self'] });
      const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
      for (let turn = 0; turn < 2; turn++) {
        const ran = await bake(['--os', 'alinux2', '--json'], { cwd: folder, env });
        expect(ran.exitCode).toBe(4);
        expect(JSON.parse(ran.stdout)).toMatchObject({ errors: [{ code: 'VERIFY_FAILED' }] });
      }
      const after = await findAmis(aws, 'us-east-1', { owners: ['self'] });
      expect(after.map((image) => image.id).sort()).toEqual(before.map((image) => image.id).sort());
      expect(await readHistory(aws, 'us-east-1', '/hpc/ami/stable/alinux2/x86_64/3.15.1')).toHaveLength(2);
    });
    fs.rmSync(folder, { recursive: true });
  }, 60_000);
});
