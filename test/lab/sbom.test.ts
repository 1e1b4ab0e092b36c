/**
 * Tests that a bake writes its package list to the store and its verify list to the run's folder, and bakes compare.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import type { RowResult } from '../../src/image/verdict.ts';
import { bake, type Ran } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

const BAKERY = `version: 1
defaults: { recipe: recipes/standard.yaml, regions: [us-east-1] }
targets: [{ os: ubuntu2204 }]
`;
const PLAIN = 'steps: [hygiene]\n';
const WITH_SCRIPT = 'steps: [{ script: files/tool.sh }, hygiene]\n';
const RED = 'steps: [hygiene]\nexpect: [{ command: "echo 0.9; false", because: researchers ask for it }]\n';
// A package in /usr/local, as pip installs it.
const TOOL = `d=/usr/local/lib/python3.9/site-packages/site_tool-1.2.dist-info
mkdir -p $d
printf 'Name: site-tool\\nVersion: 1.2\\n' > $d/METADATA
`;

let folder: string;
beforeAll(async () => {
  const { isolation, why } = await probeIsolation();
  if (isolation === 'none') throw new Error(`these tests need namespaces: ${why}`);
  folder = exampleProject({ 'bakery.yaml': BAKERY, 'recipes/standard.yaml': PLAIN, 'files/tool.sh': TOOL });
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const run = (...args: string[]): Promise<Ran> => bake(args, { cwd: folder });

async function bakeWith(
  recipe: string,
): Promise<{ ran: Ran; images: { imageId: string; fingerprint: string }[]; run: string }> {
  fs.writeFileSync(path.join(folder, 'recipes/standard.yaml'), recipe);
  const ran = await run('--os', 'ubuntu2204', '--sandbox', '--yes', '--json');
  return { ran, images: [], run: '', ...(JSON.parse(ran.stdout) as object) };
}

/** A file of the only target of a run, for any version of ParallelCluster. */
function fileOf(runFolder: string, name: string): string {
  const key = fs.readdirSync(runFolder).find((one) => one.startsWith('ubuntu2204-')) ?? '';
  return path.join(runFolder, key, name);
}

function readVerify(runFolder: string): { red: string[]; imageId: string | null; rows: RowResult[] } {
  const file = fileOf(runFolder, 'verify.json');
  return JSON.parse(fs.readFileSync(file, 'utf8')) as ReturnType<typeof readVerify>;
}

describe('a bake in the sandbox', () => {
  test('writes a package list, and the comparison of two lists shows what a script added', async () => {
    const before = await bakeWith(PLAIN);
    expect(before.ran.exitCode, before.ran.stderr).toBe(0);
    const after = await bakeWith(WITH_SCRIPT);
    expect(after.ran.exitCode, after.ran.stderr).toBe(0);
    const [a, b] = [before.images[0], after.images[0]] as [
      { imageId: string; fingerprint: string },
      { imageId: string; fingerprint: string },
    ];
    const digest = b.fingerprint.replace('sha256:', '');
    const inStore = path.join(folder, '.bakery/store/images', digest, after.run, 'sbom.cdx.json');
    const inRun = fileOf(path.join(folder, '.bakery/runs', after.run), 'sbom.cdx.json');
    expect(fs.readFileSync(inStore, 'utf8')).toBe(fs.readFileSync(inRun, 'utf8'));
    expect(JSON.parse(fs.readFileSync(inStore, 'utf8'))).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
    });
    const ran = await run('images', 'diff', a.imageId, b.imageId, '--sandbox', '--json');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      diff: {
        a: { imageId: a.imageId },
        added: [{ kind: 'pip', name: 'site-tool', from: null, to: '1.2', place: '/usr/local' }],
        removed: [],
        upgraded: [],
        downgraded: [],
      },
    });
    const { rows, red, imageId } = readVerify(path.join(folder, '.bakery/runs', after.run));
    expect([red, imageId]).toEqual([[], b.imageId]);
    for (const row of rows) {
      for (const field of ['id', 'because', 'command', 'expected'] as const)
        expect([row.id, row[field]]).not.toContain('');
      expect([row.id, row.outcome === 'passed']).toEqual([row.id, row.reason === null]);
    }
  });

  test('with a failed row writes the results for people and for CI systems', async () => {
    const { ran } = await bakeWith(RED);
    expect(ran.exitCode).toBe(4);
    const runs = path.join(folder, '.bakery/runs');
    const newest =
      fs
        .readdirSync(runs)
        .map((name) => path.join(runs, name))
        .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs)[0] ?? '';
    const { rows, red, imageId } = readVerify(newest);
    expect([red.length, imageId]).toEqual([1, null]);
    expect(rows.find(({ id }) => id === 'expect-1')).toMatchObject({
      because: 'researchers ask for it',
      command: 'echo 0.9; false',
      expected: 'exit status 0',
      found: '$ echo 0.9; false\n0.9',
      outcome: 'failed',
    });
    const junit = fs.readFileSync(fileOf(newest, 'verify.junit.xml'), 'utf8');
    expect(junit).toContain('failures="1"');
  });
});

describe('bake rehearse', () => {
  test('prints what each row expected and found, and writes JUnit and CycloneDX files', async () => {
    fs.writeFileSync(path.join(folder, 'recipes/standard.yaml'), RED);
    const ran = await run(
      'rehearse',
      '--os',
      'ubuntu2204',
      '--junit',
      'out/v.xml',
      '--sbom',
      'out/s.json',
      '--json',
    );
    expect(ran.exitCode, ran.stderr).toBe(4);
    const { rehearsed } = JSON.parse(ran.stdout) as {
      rehearsed: { rows: RowResult[]; verify: { failed: number } }[];
    };
    const rows = rehearsed[0]?.rows ?? [];
    expect(rows.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { id: 'expect-1', because: 'researchers ask for it', expected: 'exit status 0', reason: '0.9' },
    ]);
    expect(rows.find(({ id }) => id === 'hygiene-machine-id')).toMatchObject({
      found: '/etc/machine-id: ""',
      reason: null,
    });
    expect(
      rows
        .filter(({ outcome }) => outcome === 'skipped')
        .every(({ reason }) => /not on this machine/.test(reason ?? '')),
    ).toBe(true);
    expect(fs.readFileSync(path.join(folder, 'out/v.xml'), 'utf8')).toMatch(
      /<testsuite name="ubuntu2204 x86_64 [0-9.]+"/,
    );
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'out/s.json'), 'utf8'))).toMatchObject({
      bomFormat: 'CycloneDX',
    });
  });
});
