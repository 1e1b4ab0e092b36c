/** The table of S3 operations on buckets and objects. */
import type { Handlers } from '../call.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listOwnBuckets } from './buckets.ts';
import { listObjectsV2 } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart.ts';
import { objectOperations } from './objects.ts';

export const handlers: Handlers = {
  ...objectOperations,
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  HeadBucket: headBucket,
  ListBuckets: listOwnBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  UploadPart: uploadPart,
};
