/** Handles DeregisterImage. */
import type { Call } from '../call.ts';
import { rowKey, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findOwnImage } from './catalogue.ts';
import { imageUsing, removeSnapshot } from './snapshots.ts';
import { dropTags } from './tags.ts';

export function deregisterImage(
  input: { ImageId: string; DeleteAssociatedSnapshots?: boolean },
  call: Call,
): object {
  const image = findOwnImage(call, input.ImageId);
  if (image.protection !== undefined) {
    throw new AwsError('OperationNotPermitted', `Deregistration protection is enabled for image ${image.id}`);
  }
  removeImage(call, image);
  if (input.DeleteAssociatedSnapshots !== true) return { Return: true };
  const results = image.devices
    .flatMap((device) => device.snapshotId ?? [])
    .map((id) => {
      if (imageUsing(call, id) !== undefined) return { SnapshotId: id, ReturnCode: 'skipped' };
      removeSnapshot(call, id);
      return { SnapshotId: id, ReturnCode: 'success' };
    });
  return { Return: true, DeleteSnapshotResults: results };
}

/** Removes an image with its tags, and afterwards its layer if no other disk uses it. */
function removeImage(call: Call, image: ImageRow): void {
  call.state.remove('image', rowKey(call.region, image.id));
  dropTags(call, image.id);
  call.afterwards(() => call.builder.sweepLayers());
}
