/** Lists the URLs at which a locked file is requested: every source of assets.yaml in order, then its own URL. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LockedAsset } from './lock.ts';
import { contentPath, treePath } from './paths.ts';

export interface Sources {
  /** As in assets.yaml, in order. */
  sources: readonly string[];
  /** Signs an https URL for an object of an `s3://` source, which threads fetch like any other; absent: skip S3 sources. */
  addressIn?: ((source: string, key: string) => Promise<string | undefined>) | undefined;
  /** Whether a file that no source has is fetched from its own URL. */
  origin: boolean;
}

/** Returns every URL to try, in order. */
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
