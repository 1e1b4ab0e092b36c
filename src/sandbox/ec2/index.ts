/** Owns which EC2 operations there are. */
import type { Call, Handler, Handlers } from '../call.ts';
import { AwsError } from '../wire/aws-error.ts';
import { copyImage } from './copy-image.ts';
import { describeImages } from './describe-images.ts';
import {
  describeImageAttribute,
  disableImage,
  disableImageDeprecation,
  disableImageDeregistrationProtection,
  enableImage,
  enableImageDeprecation,
  enableImageDeregistrationProtection,
  modifyImageAttribute,
} from './image-attributes.ts';
import { instanceOperations } from './instances/index.ts';
import { networkOperations } from './network/index.ts';
import { describeRegions } from './regions.ts';
import { deregisterImage } from './deregister-image.ts';
import {
  deleteSnapshot,
  describeSnapshotAttribute,
  describeSnapshots,
  modifySnapshotAttribute,
} from './snapshots.ts';
import { createTags, deleteTags } from './tags.ts';

const operations: Handlers = {
  ...networkOperations,
  ...instanceOperations,
  CopyImage: copyImage,
  CreateTags: createTags,
  DeleteSnapshot: deleteSnapshot,
  DeleteTags: deleteTags,
  DeregisterImage: deregisterImage,
  DescribeImageAttribute: describeImageAttribute,
  DescribeImages: describeImages,
  DescribeRegions: describeRegions,
  DescribeSnapshotAttribute: describeSnapshotAttribute,
  DescribeSnapshots: describeSnapshots,
  DisableImage: disableImage,
  DisableImageDeprecation: disableImageDeprecation,
  DisableImageDeregistrationProtection: disableImageDeregistrationProtection,
  EnableImage: enableImage,
  EnableImageDeprecation: enableImageDeprecation,
  EnableImageDeregistrationProtection: enableImageDeregistrationProtection,
  ModifyImageAttribute: modifyImageAttribute,
  ModifySnapshotAttribute: modifySnapshotAttribute,
};

export const handlers: Handlers = Object.fromEntries(
  Object.entries(operations).map(([name, handler]) => [name, withDryRun(handler)]),
);

/** DryRun does all the checks, writes nothing and answers with this "error" (EC2 API reference, "Dry run"). */
function withDryRun(handler: Handler): Handler {
  return (input: { DryRun?: boolean }, call: Call) => {
    const output = handler(input as never, call);
    if (input.DryRun === true) {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
    return output;
  };
}
