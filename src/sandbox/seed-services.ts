/** Seeds what a new account has besides images: the bucket, keys and topic that the example's bakery.yaml can name. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, SEED_REGION } from './ids.ts';
import { makeKeyRow } from './kms/keys.ts';
import type { KeyFiles } from './kms/material.ts';
import { bucketKey } from './s3/rows.ts';
import type { Transaction } from './store/transaction.ts';
import { rowKey, putRow } from './tables.ts';

/** The Regions of the example; a key works in its own Region only. */
const KEY_REGIONS = [SEED_REGION, 'eu-west-1'];

/** store: s3://bakery-111122223333 · builder.kms: alias/bakery · provenance.key: kms:alias/bakery-provenance · notify.sns: …:bakery */
export const seedNames = {
  bucket: `bakery-${ACCOUNT}`,
  alias: 'alias/bakery',
  signingAlias: 'alias/bakery-provenance',
  topic: 'bakery',
} as const;

export function seedServices(state: Transaction, now: Date, keys: KeyFiles): void {
  const createdAt = now.toISOString();
  const { bucket, alias, signingAlias, topic } = seedNames;
  putRow(state, 'bucket', bucketKey(bucket), { name: bucket, region: SEED_REGION, createdAt });
  for (const region of KEY_REGIONS) {
    putKey(state, region, now, alias, {
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
      description: 'Encrypts images',
    });
  }
  const signing = { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', description: 'Signs provenance' } as const;
  keys.make(putKey(state, SEED_REGION, now, signingAlias, signing), signing.spec);
  putRow(state, 'topic', rowKey(SEED_REGION, topic), {
    region: SEED_REGION,
    arn: `arn:aws:sns:${SEED_REGION}:${ACCOUNT}:${topic}`,
    name: topic,
    attributes: {},
    createdAt,
  });
}

/** @returns the key's id */
function putKey(
  state: Transaction,
  region: string,
  now: Date,
  alias: string,
  what: { spec: string; usage: string; description: string },
): string {
  const id = randomUUID();
  const place = { region, account: ACCOUNT, partition: 'aws', now };
  putRow(state, 'key', rowKey(region, id), makeKeyRow(place, { id, ...what }));
  putRow(state, 'alias', rowKey(region, alias), {
    region,
    name: alias,
    keyId: id,
    createdAt: now.toISOString(),
  });
  return id;
}
