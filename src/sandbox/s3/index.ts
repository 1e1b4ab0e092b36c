/** Owns which S3 operations there are: buckets and objects. */
import type { Handlers } from '../call.ts';
import { createBucket, deleteBucket, headBucket, listOwnBuckets } from './buckets.ts';
import { listObjectsV2 } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from './multipart.ts';
import { copyObject, deleteObject, getObject, headObject, putObject } from './objects.ts';

export const handlers: Handlers = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  GetObject: getObject,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listOwnBuckets,
  ListObjectsV2: listObjectsV2,
  PutObject: putObject,
  UploadPart: uploadPart,
};
