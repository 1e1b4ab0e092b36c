/** Tests that the closing table contains the whole result of a run, a plan and an unchanged run. */
import { describe, expect, test } from 'vitest';
import { closing, closingMarkdown } from '../../src/cli/closing.ts';
import type { ImageEntry, RunResult } from '../../src/entries/result.ts';

const OLD = 'ami-07c91111111111111';
const NEW = 'ami-0a1b2c3d4e5f60718';

const result: RunResult = {
  run: '3f9c2a71',
  sandbox: true,
  images: ['us-east-1', 'eu-west-1'].map((region) => ({
    os: 'alinux2',
    arch: 'x86_64',
    region,
    parallelcluster: '3.15.1',
    engine: 'imagebuilder',
    baseImageId: 'ami-0f8e0c679a331b974',
    imageId: NEW,
    name: 'bakery-alinux2',
    fingerprint: 'sha256:0',
    outcome: 'baked',
    verify: { passed: 38, failed: 0, skipped: 3 },
  })),
  parameters: [
    { region: 'us-east-1', name: '/hpc/ami/stable/alinux2/x86_64/3.15.1', value: NEW, previous: OLD },
  ],
  rotated: [
    {
      file: 'clusters/prod.yaml',
      line: 14,
      column: 20,
      path: 'Scheduling.SlurmQueues[0].Image.CustomAmi',
      scope: 'queue',
      from: OLD,
      to: NEW,
    },
  ],
  unresolved: [
    {
      file: 'clusters/prod.yaml',
      line: 4,
      column: 14,
      path: 'Image.CustomAmi',
      found: OLD,
      reason: 'root | image',
    },
  ],
};

const first = result.images[0] as ImageEntry;

describe('the closing table', () => {
  test('of a run lists what was baked, verified, published, rotated and unresolved, and the next commands', () => {
    const text = closing(result, {
      runFolder: '.bakery/runs/3f9c2a71',
      skips: ['no update-ca-trust'],
      copyOf: 'copy',
    });
    expect(text).toBe(`
Images
  alinux2 x86_64 3.15.1  us-east-1  ami-0f8e0c679a331b974  → ${NEW}  baked
  alinux2 x86_64 3.15.1  eu-west-1  ami-0f8e0c679a331b974  → ${NEW}  baked
Verified
  alinux2 x86_64  38 passed · 0 failed · 3 skipped
                  • skipped: no update-ca-trust
Parameters
  /hpc/ami/stable/alinux2/x86_64/3.15.1  us-east-1  ${OLD} → ${NEW}
Rotated
  clusters/prod.yaml:14  Scheduling.SlurmQueues[0].Image.CustomAmi  ${OLD} → ${NEW}
Unresolved
  clusters/prod.yaml:4  Image.CustomAmi  ${OLD}  root | image
Artifacts
  run      .bakery/runs/3f9c2a71
  example  copy (a copy that you can change)
Next
  \`bake images diff ${OLD} ${NEW} --os alinux2\`
  \`bake images --os alinux2\`
  \`bake init\`  # writes your own bakery.yaml`);
  });

  test('of a plan previews the result and names the run that would produce it', () => {
    const planned: RunResult = {
      ...result,
      images: [{ ...first, imageId: null, outcome: 'would-bake' }],
      parameters: result.parameters.map((parameter) => ({ ...parameter, value: null })),
      rotated: result.rotated.map((entry) => ({ ...entry, to: null })),
    };
    const text = closing(planned, { runFolder: undefined });
    expect(text).toContain('→ (new)  would be baked');
    expect(text).toContain(`Would rotate\n`);
    expect(text).toContain(`${OLD} → (new)`);
    expect(text).toMatch(/Next\n {2}`bake --os alinux2`$/);
  });

  test('of an unchanged run says that nothing changed, and has no empty sections', () => {
    const same: RunResult = {
      ...result,
      images: [{ ...first, outcome: 'unchanged' }],
      parameters: result.parameters.map((parameter) => ({ ...parameter, previous: NEW })),
      rotated: [],
      unresolved: [],
    };
    const text = closing(same, { runFolder: undefined, next: [] });
    expect(text).toContain(`→ ${NEW}  unchanged`);
    expect(text).toContain(`${NEW} (unchanged)`);
    expect(text).not.toMatch(/Rotated|Unresolved|Artifacts|Next/);
  });

  test('names the command that compares a new image with the old one: once for each target, never for a first image', () => {
    const inTwoRegions = [...result.parameters, { ...result.parameters[0], region: 'eu-west-1' }];
    const twice = closing(
      { ...result, parameters: inTwoRegions as typeof result.parameters },
      { runFolder: undefined },
    );
    expect(twice.match(/bake images diff/g)).toHaveLength(1);
    const parameters = result.parameters.map((parameter) => ({ ...parameter, previous: null }));
    expect(closing({ ...result, parameters }, { runFolder: undefined })).not.toContain('images diff');
  });

  test('suggests updating the clusters, except in the sandbox', () => {
    const advice = 'git diff, then pcluster update-cluster';
    expect(closing({ ...result, sandbox: false }, { runFolder: undefined })).toContain(advice);
    expect(closing({ ...result, sandbox: true }, { runFolder: undefined })).not.toContain(advice);
  });

  test('as Markdown keeps a pipe inside its cell', () => {
    const text = closingMarkdown(result, { runFolder: undefined });
    expect(text).toContain('### bake run 3f9c2a71 (sandbox: no AWS account is touched)');
    expect(text).toContain(`| clusters/prod.yaml:4 | Image.CustomAmi | ${OLD} | root \\| image |`);
  });
});
