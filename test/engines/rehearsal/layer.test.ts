/** Tests that a layer is accepted only over the kind of root filesystem that it was made over. */
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkLayer, layerMeta, type LayerMeta } from '../../../src/engines/rehearsal/layer.ts';
import { writeTar } from '../../../src/util/tar.ts';

const target = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' } as const;
const meta = layerMeta(target, { isolation: 'root', overlay: true, over: 'machine' });

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'bake-layer-'));
  file = path.join(folder, 'layer.tar');
});
afterEach(() => fs.rm(folder, { recursive: true }));

async function save(content: string, name = 'in/meta/layer.json'): Promise<void> {
  await fs.writeFile(
    file,
    writeTar([{ path: name, kind: 'file', mode: 0o644, uid: 0, content: Buffer.from(content) }]),
  );
}

describe('checkLayer', () => {
  it('accepts a layer of the same kind', async () => {
    await save(JSON.stringify(meta));
    await expect(checkLayer(file, meta)).resolves.toBeUndefined();
  });

  it.each<[keyof LayerMeta, Partial<LayerMeta>, string]>([
    [
      'isolation',
      { isolation: 'user' },
      'it was saved with isolation root, this rehearsal has isolation user',
    ],
    ['os', { os: 'rocky9' }, 'it was saved with os alinux2, this rehearsal has os rocky9'],
    ['over', { over: 'rootfs' }, 'it was saved with over machine, this rehearsal has over rootfs'],
  ])('refuses a layer with a different value of %s', async (_, other, reason) => {
    await save(JSON.stringify(meta));
    await expect(checkLayer(file, { ...meta, ...other })).rejects.toMatchObject({
      code: 'LAYER_UNFIT',
      message: expect.stringContaining(reason) as string,
    });
  });

  it.each([
    ['another first file', JSON.stringify(meta), 'etc/passwd'],
    ['invalid JSON', '{', 'in/meta/layer.json'],
    ['JSON that is not an object', 'null', 'in/meta/layer.json'],
  ])('refuses a tar with %s', async (_, content, name) => {
    await save(content, name);
    await expect(checkLayer(file, meta)).rejects.toMatchObject({ code: 'LAYER_UNFIT' });
  });

  it('reports a layer that does not exist', async () => {
    await expect(checkLayer(file, meta)).rejects.toMatchObject({ code: 'FILE_MISSING' });
  });
});
