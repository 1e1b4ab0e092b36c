/** The rows of instances, volumes, key pairs and security groups. */
import type { Architecture } from '../../os/os.ts';
import type { DiskRecord, PermissionRow } from '../tables.ts';
import type { GroupRule } from './network/rows.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export interface InstanceRow {
  region: string;
  id: string;
  reservationId: string;
  launchIndex: number;
  clientToken?: string | undefined;
  imageId: string;
  type: string;
  architecture: Architecture;
  keyName?: string | undefined;
  subnetId: string;
  vpcId: string;
  zone: string;
  privateIp: string;
  groupIds: string[];
  profileArn?: string | undefined;
  launchedAt: string;
  state: InstanceState;
  /** ISO 8601: when it entered its state. */
  stateSince: string;
  /** A StateReason such as `Client.UserInitiatedShutdown`. */
  reason?: { code: string; message: string } | undefined;
  rootDevice: string;
  metadata: MetadataOptions;
  shutdownBehavior: string;
  ebsOptimized: boolean;
  sourceDestCheck: boolean;
  protectedFromTermination: boolean;
  protectedFromStop: boolean;
  userData?: string | undefined;
  tenancy: string;
  imdsOfImage?: string | undefined;
  bootMode?: string | undefined;
}

export interface MetadataOptions {
  HttpTokens: string;
  HttpPutResponseHopLimit: number;
  HttpEndpoint: string;
  HttpProtocolIpv6: string;
  InstanceMetadataTags: string;
}

export interface VolumeRow {
  region: string;
  id: string;
  zone: string;
  sizeGiB: number;
  type: string;
  iops?: number | undefined;
  throughput?: number | undefined;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  snapshotId?: string | undefined;
  createdAt: string;
  attachment?: { instanceId: string; device: string; deleteOnTermination: boolean; at: string } | undefined;
  /** Its content; undefined if it is empty or unknown. */
  disk?: DiskRecord | undefined;
}

export interface KeyPairRow {
  region: string;
  name: string;
  id: string;
  type: 'rsa' | 'ed25519';
  fingerprint: string;
  /** A line of authorized_keys. */
  publicKey: string;
  createdAt: string;
}

/** A group that was created, or a changed built-in one (network/built-in.ts). */
export interface SecurityGroupRow {
  region: string;
  id: string;
  name: string;
  description: string;
  vpcId: string;
  ingress: readonly GroupRule[];
  egress: readonly GroupRule[];
  /** True for a built-in group that was deleted. */
  deleted?: boolean | undefined;
}

/** Who else may create volumes from a snapshot. */
export type SnapshotPermission = Pick<PermissionRow, 'UserId' | 'Group'>;
