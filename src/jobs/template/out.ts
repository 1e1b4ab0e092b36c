/** Writes a template to a file, or uploads it where CloudFormation can read it. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { bucketRegion } from '../../aws/objects.ts';
import type { Session } from '../../aws/session.ts';
import { LARGEST_OBJECT, objectUrl } from '../../template/launch.ts';
import { MARK } from '../../cluster/mark.ts';
import type { ClusterTemplate } from '../../template/template.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { locationPattern, readLocation } from '../../config/location.ts';
import { openStore } from '../../store/store.ts';
import { writeFileAtomic } from '../../util/files.ts';
import { sha256 } from '../../util/sha256.ts';
import type { Invocation } from '../invocation.ts';

/** `s3://BUCKET/PREFIX`; `prefix` is empty or ends in a slash. */
export interface UploadPlace {
  bucket: string;
  prefix: string;
}

/** @throws BakeError USAGE if --upload is not an S3 address */
export function uploadPlace(upload: string | undefined): UploadPlace | undefined {
  if (upload === undefined) return undefined;
  const location = locationPattern.test(upload) ? readLocation(upload, '/') : undefined;
  if (location?.kind === 's3') return { bucket: location.bucket, prefix: location.prefix };
  const message = `--upload: expected s3://BUCKET/PREFIX, found ${upload}`;
  throw new BakeError('USAGE', { message, command: 'template' });
}

/**
 * Writes it next to its config, or to the file that --out names. A file that bake did not write is not overwritten.
 * @returns the name of the file; null: it goes to stdout
 * @throws BakeError USAGE if bake did not write the file; FILE_UNWRITABLE, FOLDER_UNWRITABLE
 */
export async function writeTemplate(
  { text }: ClusterTemplate,
  config: string,
  { options, cwd }: Invocation,
): Promise<string | null> {
  if (options.out === '-') return null;
  const name = options.out ?? config.replace(/(?:\.[^./]*)?$/, '.template.yaml');
  const file = path.resolve(cwd, name);
  const before = await fs.readFile(file, 'latin1').catch(() => '');
  if (before !== '' && !before.startsWith(MARK)) {
    const message = `${name} exists, and bake template did not write it: name another file with --out`;
    throw new BakeError('USAGE', { message, command: 'template' }, { place: { file: name } });
  }
  if (before !== text) await writeFileAtomic(file, Buffer.from(text, 'latin1'));
  return name;
}

/**
 * Puts it into the bucket, under a name with its digest, so that the target of a link never changes.
 * @param of.region of the stack; the bucket's may be another
 * @returns the https address that CloudFormation takes
 * @throws BakeError STORE_MISSING, STORE_DENIED, AWS_…
 */
export async function uploadTemplate(
  { text }: ClusterTemplate,
  of: UploadPlace & { name: string; region: string },
  aws: Session,
): Promise<string> {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length > LARGEST_OBJECT) {
    const reason = `the template has ${bytes.length} bytes; CloudFormation takes ${LARGEST_OBJECT}`;
    throw new BakeError('TEMPLATE_CONFIG', { reason });
  }
  const { bucket, prefix, region } = of;
  const store = await openStore(`s3://${bucket}/${prefix}`, { aws, region, folder: '/' });
  await store.check();
  const key = `${of.name}-${sha256(bytes).slice(0, 16)}.template.yaml`;
  await store.put(key, bytes, { contentType: 'application/yaml', ifAbsent: true });
  return objectUrl(bucket, await bucketRegion({ aws, region, name: bucket }), `${prefix}${key}`);
}
