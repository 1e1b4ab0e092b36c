/** Tests `bake --os … --sandbox`, run twice, with real processes and HTTP. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/entries/result.ts';
import { readParameters, readPath } from '../../src/aws/parameters.ts';
import { findAmis } from '../../src/aws/images.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake, type Ran } from '../support/bake.ts';
import { emptyFolder, readExample, snapshot } from '../support/project.ts';

const AMI = /^ami-[0-9a-f]{17}$/;
const sandboxed = ['--os', 'alinux2', '--sandbox', '--json'];
/** The files that the running server keeps for itself; all others are state. */
const VOLATILE = /sandbox\/server\.\d+\.json$/;

let folder: string;
let planned: Ran;
let beforePlan: Record<string, string>;
let first: Ran;
let result: RunResult;

beforeAll(async () => {
  folder = emptyFolder();
  planned = await bake(['plan', ...sandboxed], { cwd: folder });
  beforePlan = snapshot(path.join(folder, '.bakery', 'sandbox', 'example'));
  first = await bake(sandboxed, { cwd: folder });
  if (first.exitCode !== 0) throw new Error(first.stdout + first.stderr);
  result = JSON.parse(first.stdout) as RunResult;
}, 60_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('bake plan', () => {
  it('previews the run, exits with 1 and rotates nothing', () => {
    expect(planned.exitCode).toBe(1);
    const plan = JSON.parse(planned.stdout) as RunResult;
    expect(plan.images).toMatchObject([
      { os: 'alinux2', outcome: 'would-bake', imageId: null, fingerprint: result.images[0]?.fingerprint },
    ]);
    expect(plan.parameters).toMatchObject([{ value: null, previous: result.parameters[0]?.previous }]);
    expect(plan.rotated.map(({ file, line, to }) => ({ file, line, to }))).toEqual(
      result.rotated.map(({ file, line }) => ({ file, line, to: null })),
    );
    for (const [file, digest] of Object.entries(beforePlan)) {
      const example = fs.readFileSync(path.join(import.meta.dirname, '../../examples', file));
      expect(Object.values(snapshotOf(file, example))).toContain(digest);
    }
  });
});

function snapshotOf(file: string, bytes: Buffer): Record<string, string> {
  const at = emptyFolder();
  fs.writeFileSync(path.join(at, path.basename(file)), bytes);
  const seen = snapshot(at);
  fs.rmSync(at, { recursive: true });
  return seen;
}

describe('bake --os alinux2 --sandbox --json', () => {
  it('prints the document of the contract', () => {
    expect(Object.keys(result)).toEqual(['run', 'sandbox', 'images', 'parameters', 'rotated', 'unresolved']);
    expect(result.sandbox).toBe(true);
    expect(result.images).toHaveLength(1);
    expect(result.images[0]).toMatchObject({
      os: 'alinux2',
      arch: 'x86_64',
      region: 'us-east-1',
      parallelcluster: '3.15.1',
      engine: 'imagebuilder',
      outcome: 'baked',
    });
    expect(result.images[0]?.baseImageId).toMatch(AMI);
    expect(result.images[0]?.imageId).toMatch(AMI);
    expect(result.images[0]?.fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(result.images[0]?.name).toMatch(/^bakery-alinux2-x86_64-3\.15\.1-[0-9a-f]{12}/);
    expect(result.images[0]?.verify.failed).toBe(0);
    expect(result.parameters).toEqual([
      {
        region: 'us-east-1',
        name: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
        value: result.images[0]?.imageId,
        previous: expect.stringMatching(AMI) as string,
      },
    ]);
  });

  it('names the sandbox and the copy of the example on stderr', () => {
    expect(first.stderr).toContain('sandbox');
    expect(first.stderr).toContain(path.join('.bakery', 'sandbox', 'example'));
  });

  it('rotates the queues of the example, and reports why the root image stays', () => {
    expect(result.rotated.map(({ path: at, scope }) => `${scope} ${at}`)).toEqual([
      'queue Scheduling.SlurmQueues[0].Image.CustomAmi',
      'queue Scheduling.SlurmQueues[1].Image.CustomAmi',
    ]);
    expect(result.unresolved).toMatchObject([
      { path: 'Image.CustomAmi', line: 4, reason: expect.stringMatching(/^root image/) as string },
    ]);
  });

  it('changes only the ids in the rotated files', () => {
    const example = readExample('clusters/prod.yaml').split('\n');
    const now = fs
      .readFileSync(path.join(folder, '.bakery/sandbox/example/clusters/prod.yaml'), 'utf8')
      .split('\n');
    expect(now).toHaveLength(example.length);
    const changed = example.flatMap((line, index) => (line === now[index] ? [] : [index]));
    expect(changed.map((index) => index + 1)).toEqual(result.rotated.map((entry) => entry.line));
    for (const index of changed) {
      const { from, to } = result.rotated.find((entry) => entry.line === index + 1) as {
        from: string;
        to: string;
      };
      expect(now[index]).toBe(example[index]?.replace(from, to));
    }
  });

  it('leaves the image with the tags of the contract, and no lease', async () => {
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const id = result.images[0]?.imageId as string;
      const [image] = await findAmis(aws, 'us-east-1', { ids: [id] });
      expect(image?.tags).toMatchObject({
        'parallelcluster:version': '3.15.1',
        'parallelcluster:os': 'alinux2',
        'parallelcluster:build_status': 'available',
        'parallelcluster:image_id': expect.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,127}$/) as string,
        'parallelcluster:parent_image': result.images[0]?.baseImageId,
        'bakery:fingerprint': result.images[0]?.fingerprint,
        'bakery:run': result.run,
        'bakery:recipe': 'recipe.yaml',
        'bakery:channel-history': expect.stringMatching(/^stable@/) as string,
      });
      const name = result.parameters[0]?.name as string;
      expect((await readParameters(aws, 'us-east-1', [name])).get(name)).toBe(id);
      expect([...(await readPath(aws, 'us-east-1', '/hpc/ami/lock')).keys()]).toEqual([]);
    });
  });
});

describe('the same again', () => {
  it('reports unchanged, with the same image and parameter, and writes nothing', async () => {
    const before = snapshot(folder, VOLATILE);
    const second = await bake(sandboxed, { cwd: folder });
    expect(second.exitCode).toBe(0);
    const again = JSON.parse(second.stdout) as RunResult;
    expect(again.images).toEqual([{ ...result.images[0], outcome: 'unchanged' }]);
    expect(again.parameters).toEqual([{ ...result.parameters[0], previous: result.parameters[0]?.value }]);
    expect(again.rotated).toEqual([]);
    expect(snapshot(folder, VOLATILE)).toEqual(before);
    expect((await bake(['plan', ...sandboxed], { cwd: folder })).exitCode).toBe(0);
  });

  it('bakes another image with --rebake, once for each run', async () => {
    const rebaked = await bake([...sandboxed, '--rebake'], { cwd: folder });
    const again = JSON.parse(rebaked.stdout) as RunResult;
    expect(again.images[0]).toMatchObject({ outcome: 'baked', fingerprint: result.images[0]?.fingerprint });
    expect(again.images[0]?.imageId).not.toBe(result.images[0]?.imageId);
    expect(again.parameters[0]).toMatchObject({
      previous: result.images[0]?.imageId,
      value: again.images[0]?.imageId,
    });
    expect(again.rotated).toHaveLength(2);
  });
});
