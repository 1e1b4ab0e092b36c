/** Owns where a locked file is asked for: every source of assets.yaml in its order, and where it was locked. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LockedAsset } from './lock.ts';
import { contentPath, treePath } from './paths.ts';

export interface Sources {
  /** As in assets.yaml, in their order. */
  sources: readonly string[];
  /** Signed https address of an object of an `s3://` source, which threads get like any other; absent: none is asked. */
  addressIn?: ((source: string, key: string) => Promise<string | undefined>) | undefined;
  /** Whether what no source has comes from where it was locked. */
  origin: boolean;
}

/** Every address to try, in order. */
export async function sourcesOf(
  asset: LockedAsset,
  { sources, origin, addressIn }: Sources,
): Promise<string[]> {
  const found: string[] = [];
  for (const source of sources) {
    const base = source.replace(/\/{1,9}$/, '');
    if (source.startsWith('s3://')) {
      const address = await addressIn?.(source, contentPath(asset.sha256));
      if (address !== undefined) found.push(address);
    } else if (source.startsWith('file://')) {
      const tree = treePath(asset.url);
      found.push(
        `${base}/${contentPath(asset.sha256)}`,
        ...(tree === undefined ? [] : [fileUrl(base, tree)]),
      );
    } else {
      const { host, pathname, search } = new URL(asset.url);
      found.push(`${base}/${host}${pathname}${search}`);
    }
  }
  return origin && asset.kind !== 'git' ? [...found, asset.url] : found;
}

function fileUrl(base: string, tree: string): string {
  const folder = new URL(`${base}/`);
  return pathToFileURL(path.join(decodeURIComponent(folder.pathname), tree)).href;
}
