/** The table of EC2 operations. */
import type { Call, Handler, Handlers } from '../call.ts';
import { AwsError } from '../wire/aws-error.ts';
import { copyImage } from './copy-image.ts';
import { createImage } from './create-image.ts';
import { deregisterImage } from './deregister-image.ts';
import { describeImages } from './describe-images.ts';
import { imageAttributeOperations } from './image-attributes.ts';
import { instanceOperations } from './instances/index.ts';
import { keyPairOperations } from './key-pairs.ts';
import { networkOperations } from './network/index.ts';
import { describeRegions } from './regions.ts';
import { securityGroupOperations } from './security-groups.ts';
import { snapshotOperations } from './snapshots.ts';
import { createTags, deleteTags } from './tags.ts';
import { volumeOperations } from './volumes.ts';

const operations: Handlers = {
  ...imageAttributeOperations,
  ...instanceOperations,
  ...keyPairOperations,
  ...networkOperations,
  ...securityGroupOperations,
  ...snapshotOperations,
  ...volumeOperations,
  CopyImage: copyImage,
  CreateImage: createImage,
  CreateTags: createTags,
  DeleteTags: deleteTags,
  DeregisterImage: deregisterImage,
  DescribeImages: describeImages,
  DescribeRegions: describeRegions,
};

export const handlers: Handlers = Object.fromEntries(
  Object.entries(operations).map(([name, handler]) => [name, withDryRun(handler)]),
);

/** With DryRun all checks are made, nothing is written, and the answer is this error (EC2 API reference, "Dry run"). */
function withDryRun(handler: Handler): Handler {
  return (input: { DryRun?: boolean }, call: Call) => {
    const output = handler(input as never, call);
    if (input.DryRun === true) {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
    return output;
  };
}
