/** Seeds a new account: last month's images with their parameters, and the account's own base image for rocky9. */
import type { Architecture } from '../os/os.ts';
import { monthsBefore } from './clock.ts';
import { ACCOUNT, SEED_REGION, SEED_RUN, derivedId } from './ids.ts';
import { sha256 } from '../util/sha256.ts';
import type { KeyFiles } from './kms/material.ts';
import { officialImage } from './official.ts';
import { seedServices } from './seed-services.ts';
import type { StateStore } from './store/store.ts';
import { begin, type Transaction } from './store/transaction.ts';
import { callerArn } from './sts/index.ts';
import { rowKey, putRow, type ImageRow, type ParameterVersionRow } from './tables.ts';

interface Baked {
  os: string;
  arch: Architecture;
  version: string;
}

/** The images that bake made a month ago. */
const baked: readonly Baked[] = [
  { os: 'alinux2', arch: 'x86_64', version: '3.15.1' },
  { os: 'ubuntu2204', arch: 'x86_64', version: '3.16.3' },
  { os: 'ubuntu2204', arch: 'arm64', version: '3.16.3' },
  { os: 'rocky9', arch: 'x86_64', version: '3.16.3' },
  { os: 'alinux2023', arch: 'x86_64', version: '3.16.3' },
];
const BASE: Baked = { os: 'rocky9', arch: 'x86_64', version: '3.16.3' };
const BASE_NAME = 'parallelcluster-base-rocky9';

/** Ids of the seeded images; the example's cluster configs contain them. */
export const seedIds = {
  /** Last month's image. */
  baked: ({ os, arch, version }: Baked): string => derivedId('ami', `sandbox baked ${os} ${arch} ${version}`),
  /** The image before it, which has been deregistered. */
  older: ({ os, arch, version }: Baked): string =>
    derivedId('ami', `sandbox baked ${os} ${arch} ${version} older`),
  /** The account's own base image for an OS without an official one. */
  base: (): string => derivedId('ami', `sandbox base ${BASE.os} ${BASE.arch} ${BASE.version}`),
  all: baked,
};

/** Writes the seed in one transaction. */
export function seed(store: StateStore, now: Date, keys: KeyFiles): void {
  const state = begin(store);
  seedServices(state, now, keys);
  const lastMonth = monthsBefore(now, 1);
  putImage(state, baseImage(monthsBefore(now, 2)), baseTags());
  for (const one of baked) {
    putImage(state, bakedImage(one, lastMonth), bakedTags(one));
    putParameter(state, one, monthsBefore(now, 2), lastMonth);
  }
  store.commit(state.changes());
}

function putImage(state: Transaction, image: ImageRow, tags: Record<string, string>): void {
  putRow(state, 'image', rowKey(SEED_REGION, image.id), image);
  putRow(state, 'tags', rowKey(SEED_REGION, image.id), { region: SEED_REGION, id: image.id, tags });
  for (const device of image.devices) {
    const id = device.snapshotId as string;
    putRow(state, 'snapshot', rowKey(SEED_REGION, id), {
      region: SEED_REGION,
      id,
      description: `Created by CreateImage for ${image.id}`,
      sizeGiB: device.sizeGiB,
      encrypted: device.encrypted,
      createdAt: image.createdAt,
      disk: image.disk,
    });
  }
}

function ownImage(
  id: string,
  one: Baked,
  created: Date,
  more: Pick<ImageRow, 'name' | 'description' | 'sourceImageId'>,
): ImageRow {
  const rootDevice = one.os.startsWith('ubuntu') ? '/dev/sda1' : '/dev/xvda';
  return {
    region: SEED_REGION,
    id,
    ...more,
    ownerId: ACCOUNT,
    public: false,
    architecture: one.arch,
    createdAt: created.toISOString(),
    rootDevice,
    devices: [
      {
        device: rootDevice,
        snapshotId: derivedId('snap', id),
        sizeGiB: rootSizeOf(one),
        type: 'gp3',
        encrypted: true,
        deleteOnTermination: true,
      },
    ],
    permissions: [],
    disk: { os: one.os, parallelcluster: one.version },
  };
}

function parentOf(one: Baked): ImageRow | undefined {
  return officialImage(SEED_REGION, one.os, one.arch, one.version);
}

function rootSizeOf(one: Baked): number {
  // Without an official parent: the default root volume of 3.16.2 and later (its page in github.com/aws/aws-parallelcluster/releases).
  return parentOf(one)?.devices[0]?.sizeGiB ?? 50;
}

function bakedImage(one: Baked, created: Date): ImageRow {
  const parent = parentOf(one);
  return ownImage(seedIds.baked(one), one, created, {
    name: nameOf(one),
    description:
      parent?.description ?? `AWS ParallelCluster AMI for ${one.os}, ${one.arch}, release ${one.version}`,
    sourceImageId: parent?.id ?? seedIds.base(),
  });
}

function nameOf(one: Baked): string {
  return `bakery-${one.os}-${one.arch}-${one.version}-${digestOf(one).slice(0, 12)}`;
}

function digestOf({ os, arch, version }: Baked): string {
  return sha256(`sandbox fingerprint ${os} ${arch} ${version}`);
}

function bakedTags(one: Baked): Record<string, string> {
  return {
    'parallelcluster:version': one.version,
    'parallelcluster:os': one.os,
    'parallelcluster:build_status': 'available',
    'parallelcluster:image_id': nameOf(one).replace(/[^A-Za-z0-9-]/g, '-'),
    'parallelcluster:parent_image': parentOf(one)?.id ?? seedIds.base(),
    'bakery:fingerprint': `sha256:${digestOf(one)}`,
    'bakery:run': SEED_RUN,
    'bakery:recipe': 'standard',
    'bakery:channel-history': 'stable',
  };
}

/** An image as `pcluster build-image` makes it. */
function baseImage(created: Date): ImageRow {
  return ownImage(seedIds.base(), BASE, created, {
    name: BASE_NAME,
    description: `AWS ParallelCluster AMI for ${BASE.os}, ${BASE.arch}, release ${BASE.version}`,
    sourceImageId: undefined,
  });
}

function baseTags(): Record<string, string> {
  return {
    'parallelcluster:version': BASE.version,
    'parallelcluster:os': BASE.os,
    'parallelcluster:build_status': 'available',
    'parallelcluster:image_id': BASE_NAME,
    'parallelcluster:image_name': BASE_NAME,
  };
}

function putParameter(state: Transaction, one: Baked, first: Date, second: Date): void {
  const name = `/hpc/ami/stable/${one.os}/${one.arch}/${one.version}`;
  const version = (number: number, value: string, at: Date): ParameterVersionRow => ({
    version: number,
    value,
    type: 'String',
    dataType: 'aws:ec2:image',
    tier: 'Standard',
    modifiedAt: at.toISOString(),
    modifiedBy: callerArn({ partition: 'aws', account: ACCOUNT }),
    labels: [],
  });
  putRow(state, 'parameter', rowKey(SEED_REGION, name), {
    region: SEED_REGION,
    name,
    tags: {},
    versions: [version(1, seedIds.older(one), first), version(2, seedIds.baked(one), second)],
  });
}
