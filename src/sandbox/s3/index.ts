/** The table of S3 operations on buckets and objects. */
import type { Handlers } from '../call.ts';
import { createBucket, deleteBucket, headBucket, listOwnBuckets } from './buckets.ts';
import { listObjectsV2 } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
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
  HeadBucket: headBucket,
  ListBuckets: listOwnBuckets,
  ListObjectsV2: listObjectsV2,
  UploadPart: uploadPart,
};
