/** Saves layers, and checks whether a saved layer fits the rehearsal that is to use it. */
import fs from 'node:fs/promises';

import { BakeError } from '../../errors/bake-error.ts';
import type { RehearsalTarget } from './contract.ts';
import type { Space } from './namespace.ts';
import { SpaceRefused } from './namespace.ts';
import { readFirstFile } from './tar.ts';

/** The content of the first file of a saved layer. A layer can only be used over the root filesystem it was made over. */
export interface LayerMeta {
  layer: 1;
  isolation: 'root' | 'user';
  overlay: boolean;
  os: string;
  arch: string;
  /** What is under the layer: this machine, only the programs of a rootfs, or a whole rootfs. */
  over: 'machine' | 'programs' | 'rootfs';
}

const ENTRY = 'in/meta/layer.json';

export function layerMeta(
  target: RehearsalTarget,
  made: Omit<LayerMeta, 'layer' | 'os' | 'arch'>,
): LayerMeta {
  return { layer: 1, ...made, os: target.os, arch: target.arch };
}

/**
 * Checks that a saved layer was made the same way as the rehearsal that is to use it.
 * @throws BakeError FILE_MISSING, FILE_UNREADABLE, LAYER_UNFIT
 */
export async function checkLayer(file: string, wanted: LayerMeta): Promise<void> {
  const head = await readHead(file);
  const first = readFirstFile(head);
  const found = first?.path === ENTRY ? parse(first.content.toString('utf8')) : undefined;
  if (found === undefined)
    throw new BakeError('LAYER_UNFIT', { path: file, reason: 'it is not a layer that bake saved' });
  for (const key of ['layer', 'isolation', 'overlay', 'os', 'arch', 'over'] as const) {
    if (found[key] === wanted[key]) continue;
    const reason = `it was saved with ${key} ${String(found[key])}, this rehearsal has ${key} ${String(wanted[key])}`;
    throw new BakeError('LAYER_UNFIT', { path: file, reason });
  }
}

/** The file that a layer is written to before it is renamed. The namespaces get its path when they start. */
export function partFile(file: string): string {
  return `${file}.part`;
}

/**
 * Writes the layer to its part file and renames it, so that `file` is always complete. The next run overwrites the part
 * file of a killed run.
 * @param beside the `save` that the namespaces were started with, if the name of the file was not known at that time
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function saveLayer(space: Space, file: string, beside = file): Promise<void> {
  const part = partFile(beside);
  try {
    await space.save();
    const handle = await fs.open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(part, file);
  } catch (error) {
    await fs.rm(part, { force: true }).catch(() => {});
    if (!(error instanceof SpaceRefused) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new BakeError(
      'FOLDER_UNWRITABLE',
      { path: file, reason: (error as Error).message },
      { cause: error },
    );
  }
}

async function readHead(file: string): Promise<Buffer> {
  try {
    const handle = await fs.open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(8192), 0, 8192, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new BakeError('FILE_MISSING', { path: file, what: 'saved layer' }, { cause: error });
    }
    throw new BakeError(
      'FILE_UNREADABLE',
      { path: file, reason: (error as Error).message },
      { cause: error },
    );
  }
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
