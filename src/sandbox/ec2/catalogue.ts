/** The images that the account can see: the official ones and its own. */
import type { Call } from '../call.ts';
import { ACCOUNT } from '../ids.ts';
import { officialImages } from '../official.ts';
import type { Reader } from '../store/store.ts';
import { getRow, rowKey, listRows, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

/** How long an image is `pending` after CopyImage or CreateImage, in milliseconds. */
export const PENDING_MS = 200;

type RegionState = Pick<Call, 'state' | 'region'>;

export function visibleImages({ state, region }: RegionState): ImageRow[] {
  return [...officialImages(region).values(), ...listRows(state, 'image', region)];
}

/** An image by its id, or undefined. */
export function imageById(state: Reader, region: string, id: string): ImageRow | undefined {
  return officialImages(region).get(id) ?? getRow(state, 'image', rowKey(region, id));
}

/** @throws AwsError InvalidAMIID.Malformed, InvalidAMIID.NotFound (EC2 API reference, "Error codes") */
export function findImage({ state, region }: RegionState, id: string): ImageRow {
  checkImageId(id);
  const image = imageById(state, region, id);
  if (!image) throw imageNotFound([id]);
  return image;
}

/** @throws AwsError as findImage, and AuthFailure if another account owns the image */
export function findOwnImage(call: RegionState, id: string): ImageRow {
  const image = findImage(call, id);
  if (image.ownerId !== ACCOUNT) throw new AwsError('AuthFailure', `Not authorized for image:${id}`, 403);
  return image;
}

export function checkImageId(id: string): void {
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  }
}

export function imageNotFound(ids: string[]): AwsError {
  const subject = ids.length === 1 ? `id '[${ids[0]}]' does` : `ids '[${ids.join(', ')}]' do`;
  return new AwsError('InvalidAMIID.NotFound', `The image ${subject} not exist`);
}

export function stateOf(image: ImageRow, now: Date): 'available' | 'pending' | 'failed' | 'disabled' {
  if (image.making) return image.making;
  if (image.disabled) return 'disabled';
  if (image.availableAt === undefined) return 'available';
  const isMaking = Date.parse(image.availableAt) > now.getTime();
  // Setting the clock back must not make an old image pending again.
  return isMaking && Date.parse(image.createdAt) <= now.getTime() ? 'pending' : 'available';
}
