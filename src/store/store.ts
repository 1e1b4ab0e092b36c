/** Owns the store of bakery.yaml (`store:`): a folder or an S3 prefix, behind a few calls. */
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
   * Finds out whether the store can be used, writing nothing: a bake of an hour must not end at a missing bucket.
   * @throws BakeError STORE_MISSING, STORE_DENIED, FOLDER_UNWRITABLE, AWS_…
   */
  check(): Promise<void>;
  /** undefined: there is no such object. @throws BakeError STORE_MISSING, STORE_DENIED, FILE_UNREADABLE, AWS_… */
  get(key: string): Promise<Buffer | undefined>;
  /**
   * @returns `kept` where `ifAbsent` was asked for and an object of that key was there
   * @throws BakeError STORE_MISSING, STORE_DENIED, FOLDER_UNWRITABLE, AWS_…
   */
  put(key: string, bytes: Buffer | string, options?: PutOptions): Promise<'written' | 'kept'>;
  /** As put, of a file that need not fit into memory. S3 itself holds it against its digest. */
  putFile(key: string, file: StoredFile, options?: Pick<PutOptions, 'ifAbsent'>): Promise<'written' | 'kept'>;
  /** Whole keys that start with `prefix`, in order. @throws as get */
  list(prefix: string): Promise<string[]>;
  /** What others know the object by: `s3://bucket/prefix/key`, or a path. */
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
  /** Default: application/octet-stream. A folder does not keep it. */
  contentType?: string | undefined;
  /** Leaves an object that is there alone. */
  ifAbsent?: boolean | undefined;
}

/**
 * Opens the store. Nothing is asked of it before its first use.
 * @param location bakery.yaml `store`: `s3://bucket[/prefix]`, or a folder
 * @param of.folder of bakery.yaml: where a relative path starts
 * @param of.region that S3 is first asked in; a bucket of another Region is followed there
 * @throws Error on a location that config/schema.ts would refuse
 */
export async function openStore(
  location: string,
  { aws, region, folder }: { aws: Session; region: string; folder: string },
): Promise<Store> {
  const place = readLocation(location, folder);
  if (place.kind === 'folder') return openFolderStore(place.folder);
  // Loaded here: who keeps a folder needs no S3 client.
  const { openBucketStore } = await import('./bucket.ts');
  return openBucketStore({ ...place, aws, region });
}
