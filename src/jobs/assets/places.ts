/** The folders and buckets that `bake assets` reads from and publishes to. */
import path from 'node:path';
import type { AssetsProject } from '../../assets/project.ts';
import { locationPattern, readLocation } from '../../config/location.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { BucketStore } from '../../store/bucket.ts';
import type { Invocation } from '../invocation.ts';

/** Returns `s3://…` unchanged and a folder as an absolute path. @throws BakeError USAGE */
export function mirrorPlace(to: string | undefined, action: string, cwd: string): string {
  if (to === undefined || !locationPattern.test(to)) {
    const found = to === undefined ? '' : `; found ${JSON.stringify(to)}`;
    throw assetsUsage(`${action} needs --to s3://BUCKET/PREFIX or --to DIR${found}`);
  }
  return to.startsWith('s3://') ? to : path.resolve(cwd, to);
}

export function assetsUsage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'assets' });
}

export interface S3Sources {
  addressIn: (source: string, key: string) => Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * Opens the `s3://` entries of `sources`; returns undefined if there are none. A source that cannot be opened is skipped
 * with a warning, like a mirror that does not answer. It is an error if it is the only source.
 * @throws BakeError STORE_MISSING, AWS_…
 */
export async function openS3Sources(
  invocation: Invocation,
  project: AssetsProject,
): Promise<S3Sources | undefined> {
  const { sources, origin } = project.assets;
  const places = sources.filter((source) => source.startsWith('s3://'));
  if (places.length === 0) return undefined;
  const cloud = await connectBuckets(invocation, project);
  const open = async (place: string): Promise<[string, (key: string) => Promise<string | undefined>]> => {
    try {
      return [place, await cloud.bucket(place).addresses()];
    } catch (error) {
      if (!(error instanceof BakeError) || (sources.length === 1 && !origin)) throw error;
      const text = `the source ${place} is skipped: ${error.message} (${error.code})`;
      invocation.host.emit({ type: 'warning', text });
      return [place, () => Promise.resolve(undefined)];
    }
  };
  try {
    const addresses = new Map(await Promise.all(places.map(open)));
    return {
      addressIn: async (source, key) => addresses.get(source)?.(key),
      close: () => cloud.close(),
    };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

export interface BucketConnection {
  /** @param place `s3://…` */
  bucket(place: string): BucketStore;
  close(): Promise<void>;
}

export async function connectBuckets(
  invocation: Invocation,
  project: AssetsProject,
): Promise<BucketConnection> {
  const { openPlainCloud } = await import('../cloud.ts');
  const { openBucketStore } = await import('../../store/bucket.ts');
  const cloud = await openPlainCloud(invocation, project.trust);
  return {
    bucket(place) {
      const at = readLocation(place, project.folder);
      if (at.kind !== 's3') throw new Error(`not a bucket: ${place}`);
      return openBucketStore({ ...at, aws: cloud.aws, region: project.region });
    },
    close: () => cloud.close(),
  };
}
