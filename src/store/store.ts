/** Opens the store of bakery.yaml (`store:`), which is a folder or an S3 prefix. */
import type { Session } from '../aws/session.ts';
import { openFolderStore } from './folder.ts';
import { readLocation } from '../config/location.ts';

/**
 * Bytes by key. Keys are `a/b/c` as src/store/keys.ts makes them. Every write is atomic: a reader sees the old object
 * or the new one.
 */
export interface Store {
  /** `s3://bucket/prefix`, or the absolute path of a folder; no slash at the end. */
  readonly uri: string;
  /**
   * Checks whether the store can be used, without writing, so that a bake of an hour does not fail at a missing bucket.
   * @throws BakeError STORE_MISSING, STORE_DENIED, FOLDER_UNWRITABLE, AWS_…
   */
  check(): Promise<void>;
  /** undefined if there is no such object. @throws BakeError STORE_MISSING, STORE_DENIED, FILE_UNREADABLE, AWS_… */
  get(key: string): Promise<Buffer | undefined>;
  /**
   * @returns `kept` if `ifAbsent` is set and the object already exists
   * @throws BakeError STORE_MISSING, STORE_DENIED, FOLDER_UNWRITABLE, AWS_…
   */
  put(key: string, bytes: Buffer | string, options?: PutOptions): Promise<'written' | 'kept'>;
  /** Like put, for a file that need not fit into memory. S3 checks the digest. */
  putFile(key: string, file: StoredFile, options?: Pick<PutOptions, 'ifAbsent'>): Promise<'written' | 'kept'>;
  /** Complete keys that start with `prefix`, in order. @throws as get */
  list(prefix: string): Promise<string[]>;
  /** The URI or path of the object for people and other programs: `s3://bucket/prefix/key`, or a path. */
  uriOf(key: string): string;
}

export interface StoredFile {
  /** Absolute path. */
  source: string;
  /** Bytes. */
  size: number;
  /** 64 hex digits. */
  sha256: string;
}

export interface PutOptions {
  /** Default: application/octet-stream. A folder does not store it. */
  contentType?: string | undefined;
  /** Keeps an object that already exists. */
  ifAbsent?: boolean | undefined;
}

/**
 * Opens the store without accessing it.
 * @param location bakery.yaml `store`: `s3://bucket[/prefix]`, or a folder
 * @param of.folder the folder of bakery.yaml, for relative paths
 * @param of.region the Region of the first request to S3; the client follows a bucket to another Region
 * @throws Error on a location that config/schema.ts would refuse
 */
export async function openStore(
  location: string,
  { aws, region, folder }: { aws: Session; region: string; folder: string },
): Promise<Store> {
  const place = readLocation(location, folder);
  if (place.kind === 'folder') return openFolderStore(place.folder);
  // Loaded on demand: a store in a folder needs no S3 client.
  const { openBucketStore } = await import('./bucket.ts');
  return openBucketStore({ ...place, aws, region });
}
