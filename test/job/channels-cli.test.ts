/** Owns bake publish, promote and rollback as a user types them: one JSON document, exit codes, configs that follow. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParameterEntry, RotatedEntry } from '../../src/pipeline/result.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

/** What the seeded account holds in stable, and what stood there before. */
const SEEDED = 'ami-00909c2f462ff8e3b';

let folder: string;
beforeAll(() => {
  folder = exampleProject();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Document {
  parameters: ParameterEntry[];
  rotated: RotatedEntry[];
  errors: { code: string; hint: string }[];
  images: Record<string, unknown>[];
}

async function json(args: string[], exit = 0): Promise<Document> {
  const ran = await bake([...args, '--os', 'alinux2', '--sandbox', '--json'], { cwd: folder });
  expect(ran.exitCode, ran.stderr).toBe(exit);
  expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(ran.stdout) as Document;
}

describe('channels on the command line', () => {
  it('a bake waits in candidate until it is promoted, and one command goes back', async () => {
    const config = path.join(folder, 'clusters/prod.yaml');
    const before = fs.readFileSync(config, 'utf8');
    const baked = await json(['run', '--channel', 'candidate']);
    const id = baked.parameters[0]?.value;
    fs.writeFileSync(config, before);

    const promoted = await json(['promote']);
    expect(promoted.parameters).toEqual([
      {
        region: 'us-east-1',
        name: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
        value: id,
        previous: SEEDED,
      },
    ]);
    expect(promoted.rotated.map(({ from, to }) => [from, to])).toContainEqual([SEEDED, id]);
    expect(fs.readFileSync(config, 'utf8')).toContain(`CustomAmi: ${id}`);

    const { images } = await json(['images']);
    expect(images).toContainEqual(
      expect.objectContaining({
        imageId: id,
        channel: 'candidate,stable',
        protected: true,
        deprecatedAt: null,
      }),
    );
    expect(images).toContainEqual(
      expect.objectContaining({ imageId: SEEDED, channel: null, deprecatedAt: expect.any(String) }),
    );

    await json(['rollback']);
    expect(fs.readFileSync(config, 'utf8')).toBe(before);
    expect((await json(['promote'], 2)).errors[0]).toMatchObject({ code: 'IMAGE_WITHDRAWN' });
  }, 60_000);

  it.each([
    [['promote', '--from', 'stable'], '--from and --to are both stable'],
    [['rollback', '--to', 'stable'], '--to: expected how many images back'],
    [['publish', '--image', 'ami-1'], '--image: expected ami- and 8 or 17 hex digits'],
    [['publish', '--channel', 'lock'], '--channel: expected letters'],
  ])('bake %s is refused before any call', async (args, message) => {
    const ran = await bake([...args, '--os', 'alinux2', '--sandbox'], { cwd: folder });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});
