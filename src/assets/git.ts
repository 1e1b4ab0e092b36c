/** Bundles git repositories as assets: `lock` makes the bundle, and `fetch` makes it again where no source has it. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeBundle } from '../programs/git.ts';
import { contentPath } from './paths.ts';
import { assetError } from './asset-error.ts';

export interface LockedRepository {
  name: string;
  /** https URL of the repository. */
  remote: string;
  ref: string;
  commit: string;
}

export interface GitRunner {
  /** Makes the bundle and puts it into the store. @throws AssetError ASSET_GIT, PROGRAM_MISSING */
  bundle(repository: LockedRepository): Promise<{ size: number; sha256: string }>;
}

export function gitRunner(
  store: string,
  env: Readonly<Record<string, string | undefined>>,
  trust: readonly string[],
  signal: AbortSignal,
): GitRunner {
  return {
    async bundle({ name, remote, ref, commit }) {
      const out = path.join(store, 'partial', `bundle-${randomBytes(6).toString('hex')}`);
      await fs.promises.mkdir(path.dirname(out), { recursive: true });
      try {
        const made = await makeBundle({ remote, ref, commit, out, env, trust, signal });
        if (!made.ok && made.missing) {
          throw assetError('PROGRAM_MISSING', { program: 'git', purpose: `get the repository ${name}` });
        }
        if (!made.ok) throw assetError('ASSET_GIT', { name, reason: made.reason });
        const { size, sha256 } = await syncAndHash(out);
        const final = path.join(store, contentPath(sha256));
        await fs.promises.mkdir(path.dirname(final), { recursive: true });
        await fs.promises.rename(out, final);
        return { size, sha256 };
      } finally {
        await fs.promises.rm(out, { force: true });
      }
    },
  };
}

/** Syncs the file to disk and hashes it. */
async function syncAndHash(file: string): Promise<{ size: number; sha256: string }> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const hash = createHash('sha256');
    let size = 0;
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    await handle.sync();
    return { size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
