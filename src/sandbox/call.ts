/** Owns what a handler gets and is: one function per operation, synchronous, so that each request is one transaction. */
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
  /** Random, also in the answer's headers. */
  requestId: string;
  state: Transaction;
  /** The bytes of S3's objects. */
  files: ObjectFiles;
  /** The material of KMS keys. */
  keys: KeyFiles;
  /** The content that this request brought: PutObject and UploadPart. */
  upload: Upload | undefined;
  /** Whoever carries out image builds; told after the transaction is durable. */
  builder: Builder;
  /** The machines behind EC2's instances; likewise. */
  machines: Machines;
  takes: FaultDice['takes'];
  /** Run after the transaction is durable. */
  afterwards(work: () => void): void;
}

/** `never`: the model has validated the input, so each handler names the shape it knows it gets. */
export type Handler = (input: never, call: Call) => object;
export type Handlers = Readonly<Record<string, Handler>>;
