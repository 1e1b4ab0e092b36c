/** What a handler is given. There is one synchronous function per operation, so each request is one transaction. */
import type { FaultDice } from './faults.ts';
import type { Builder } from './imagebuilder/builder.ts';
import type { Machines } from './instances/machines.ts';
import type { KeyFiles } from './kms/material.ts';
import type { ObjectFiles } from './s3/files.ts';
import type { Upload } from './s3/upload.ts';
import type { Transaction } from './store/transaction.ts';
import type { ServiceId } from './wire/model.ts';

export interface Call {
  service: ServiceId;
  operation: string;
  region: string;
  account: string;
  partition: string;
  now: Date;
  /** Random; the answer's headers repeat it. */
  requestId: string;
  state: Transaction;
  /** The contents of S3 objects. */
  files: ObjectFiles;
  /** The material of KMS keys. */
  keys: KeyFiles;
  /** The content sent with PutObject or UploadPart. */
  upload: Upload | undefined;
  /** Runs image builds. Handlers call it in `afterwards`. */
  builder: Builder;
  /** Runs the machines of EC2 instances. Handlers call it in `afterwards`. */
  machines: Machines;
  awsDelay: FaultDice['awsDelay'];
  /** Whether a copy of an image fails. */
  failsCopies: boolean;
  /** Runs `work` after the transaction is durable. */
  afterwards(work: () => void): void;
}

/** The input is typed `never` because the model has validated it: each handler declares the shape it expects. */
export type Handler = (input: never, call: Call) => object;
export type Handlers = Readonly<Record<string, Handler>>;
