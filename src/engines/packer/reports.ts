/** Keeps the reports of an image that Packer made in the store. They are written before the image can be found. */
import type { Ami } from '../../aws/images.ts';
import type { Reports } from '../../image/report.ts';
import { bakeIdOf, imageKey, type BakeId } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** @throws BakeError as Store.put */
export async function keepReports(
  store: Store,
  image: { id: string } & BakeId,
  reports: Reports,
): Promise<void> {
  const text = `${JSON.stringify({ imageId: image.id, ...reports })}\n`;
  await store.put(imageKey(image, 'reports'), text, { contentType: 'application/json' });
}

/** The reports that the store has of this image; none if another image with its fingerprint has replaced them. */
export async function readReports(store: Store, image: Ami): Promise<Reports> {
  const silence: Reports = { reports: [], data: [] };
  const of = bakeIdOf(image.tags);
  if (!of) return silence;
  const bytes = await store.get(imageKey(of, 'reports'));
  if (!bytes) return silence;
  try {
    const { imageId, reports, data } = JSON.parse(bytes.toString('utf8')) as Reports & { imageId: string };
    return imageId === image.id ? { reports, data } : silence;
  } catch {
    return silence;
  }
}
