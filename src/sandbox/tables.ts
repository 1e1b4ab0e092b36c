/** The rows of the account's state, one interface per table, and their keys. */
import type { Architecture } from '../os/os.ts';
import type { InstanceRow, KeyPairRow, SecurityGroupRow, SnapshotPermission, VolumeRow } from './ec2/rows.ts';
import type { ChecksumName } from './s3/checksums.ts';
import type { Reader } from './store/store.ts';
import type { Transaction } from './store/transaction.ts';

/** The content of a disk: the OS, and the layer over its root filesystem. */
export interface DiskRecord {
  os: string;
  parallelcluster: string;
  /** File name in the layers folder; undefined for an unchanged official image. */
  layer?: string | undefined;
  /** Steps that this machine could not run when it made the layers; steps that depend on them cannot run either. */
  skipped?: readonly string[] | undefined;
}

export interface ImageRow {
  region: string;
  id: string;
  name: string;
  description: string;
  ownerId: string;
  ownerAlias?: string | undefined;
  public: boolean;
  architecture: Architecture;
  /** ISO 8601. */
  createdAt: string;
  deprecatedAt?: string | undefined;
  /** ISO 8601: `pending` until then. */
  availableAt?: string | undefined;
  /** CreateImage still copies the disk (`pending`) or has failed (`failed`). */
  making?: 'pending' | 'failed' | undefined;
  /** The message of its StateReason. */
  stateReason?: string | undefined;
  disabled?: boolean | undefined;
  rootDevice: string;
  devices: DeviceRow[];
  imdsSupport?: string | undefined;
  bootMode?: string | undefined;
  sourceImageId?: string | undefined;
  sourceImageRegion?: string | undefined;
  sourceInstanceId?: string | undefined;
  /** `enabled-without-cooldown`, `enabled-with-cooldown`; absent: disabled. */
  protection?: string | undefined;
  /** Who else may launch it. */
  permissions: PermissionRow[];
  disk?: DiskRecord | undefined;
}

export interface DeviceRow {
  device: string;
  snapshotId?: string | undefined;
  sizeGiB: number;
  type: string;
  encrypted: boolean;
  deleteOnTermination: boolean;
  iops?: number | undefined;
  throughput?: number | undefined;
}

export interface PermissionRow {
  UserId?: string | undefined;
  Group?: string | undefined;
  OrganizationArn?: string | undefined;
  OrganizationalUnitArn?: string | undefined;
}

export interface SnapshotRow {
  region: string;
  id: string;
  description: string;
  sizeGiB: number;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  createdAt: string;
  /** Absent: it is a copy, or its volume is unknown. */
  volumeId?: string | undefined;
  permissions?: readonly SnapshotPermission[] | undefined;
  disk?: DiskRecord | undefined;
}

/** Tags of an EC2 resource, in a separate row because an account can tag images that it does not own. */
interface TagsRow {
  region: string;
  id: string;
  tags: Record<string, string>;
}

export interface ParameterVersionRow {
  version: number;
  value: string;
  type: string;
  dataType: string;
  description?: string | undefined;
  keyId?: string | undefined;
  allowedPattern?: string | undefined;
  tier: string;
  policies?: string | undefined;
  modifiedAt: string;
  modifiedBy: string;
  labels: string[];
}

export interface ParameterRow {
  region: string;
  name: string;
  tags: Record<string, string>;
  /** Oldest first. */
  versions: ParameterVersionRow[];
}

/** A client token with its request and answer, so that a repeat is not executed again. */
interface TokenRow {
  /** sha256 of the request. */
  request: string;
  answer: Record<string, unknown>;
  at: string;
}

export interface Tables {
  image: ImageRow;
  snapshot: SnapshotRow;
  instance: InstanceRow;
  volume: VolumeRow;
  keyPair: KeyPairRow;
  securityGroup: SecurityGroupRow;
  tags: TagsRow;
  parameter: ParameterRow;
  token: TokenRow;
  component: ComponentRow;
  recipe: RecipeRow;
  infrastructure: ConfigurationRow;
  distribution: ConfigurationRow;
  build: BuildRow;
  workflow: WorkflowRow;
  ownWorkflow: OwnWorkflowRow;
  pipeline: PipelineRow;
  log: LogRow;
  bucket: BucketRow;
  object: ObjectRow;
  upload: UploadRow;
  key: KeyRow;
  alias: AliasRow;
  grant: GrantRow;
  topic: TopicRow;
  message: MessageRow;
}

export interface BucketRow {
  name: string;
  region: string;
  createdAt: string;
}

/** The headers and settings stored with an object. */
export interface ObjectSettings {
  contentType: string;
  cacheControl?: string | undefined;
  contentDisposition?: string | undefined;
  contentEncoding?: string | undefined;
  contentLanguage?: string | undefined;
  /** Names without `x-amz-meta-`. */
  metadata: Record<string, string>;
  /** `AES256`, `aws:kms`, `aws:kms:dsse`. */
  encryption: string;
  kmsKey?: string | undefined;
  bucketKey?: boolean | undefined;
  storageClass?: string | undefined;
}

/** The row's key starts with the bucket; the content is in `objects/<sha256>`. */
export interface ObjectRow {
  bucket: string;
  key: string;
  sha256: string;
  size: number;
  /** Without quotes. */
  etag: string;
  modifiedAt: string;
  settings: ObjectSettings;
  checksum?: { name: ChecksumName; value: string; type: 'FULL_OBJECT' | 'COMPOSITE' } | undefined;
}

/** An unfinished multipart upload. */
export interface UploadRow {
  id: string;
  bucket: string;
  key: string;
  startedAt: string;
  settings: ObjectSettings;
  checksum?: { name: ChecksumName; type: 'FULL_OBJECT' | 'COMPOSITE' } | undefined;
  parts: PartRow[];
}

export interface PartRow {
  number: number;
  sha256: string;
  size: number;
  etag: string;
  modifiedAt: string;
  checksum?: string | undefined;
}

/** A KMS key; its private key is in `keys/<id>.pem`. */
export interface KeyRow {
  region: string;
  id: string;
  arn: string;
  spec: string;
  usage: string;
  description: string;
  createdAt: string;
  policy?: string | undefined;
  tags: Record<string, string>;
  /** True for an AWS managed key (`alias/aws/ebs`, …). */
  managed?: boolean | undefined;
}

export interface AliasRow {
  region: string;
  /** `alias/…` */
  name: string;
  keyId: string;
  createdAt: string;
}

export interface GrantRow {
  region: string;
  keyId: string;
  id: string;
  name?: string | undefined;
  grantee: string;
  retiring?: string | undefined;
  operations: string[];
  constraints?: object | undefined;
  createdAt: string;
}

export interface TopicRow {
  region: string;
  arn: string;
  name: string;
  attributes: Record<string, string>;
  createdAt: string;
}

/** A message published to a topic. */
export interface MessageRow {
  id: string;
  topic: string;
  subject?: string | undefined;
  message: string;
  at: string;
}

export interface ComponentRow {
  arn: string;
  region: string;
  name: string;
  version: string;
  build: number;
  type: 'BUILD' | 'TEST';
  platform: string;
  data: string;
  description?: string | undefined;
  changeDescription?: string | undefined;
  supportedOsVersions?: string[] | undefined;
  parameters: {
    name: string;
    type: string;
    defaultValue?: string[] | undefined;
    description?: string | undefined;
  }[];
  tags: Record<string, string>;
  createdAt: string;
}

export interface RecipeRow {
  arn: string;
  region: string;
  name: string;
  version: string;
  /** The members of the request, unchanged. */
  request: RecipeRequest;
  tags: Record<string, string>;
  createdAt: string;
}

export interface RecipeRequest {
  name: string;
  semanticVersion: string;
  description?: string;
  parentImage: string;
  components?: { componentArn: string; parameters?: { name: string; value: string[] }[] }[];
  blockDeviceMappings?: { deviceName?: string; ebs?: RecipeEbs }[];
  workingDirectory?: string;
  additionalInstanceConfiguration?: object;
  amiTags?: Record<string, string>;
  tags?: Record<string, string>;
}

interface RecipeEbs {
  encrypted?: boolean;
  deleteOnTermination?: boolean;
  iops?: number;
  kmsKeyId?: string;
  volumeSize?: number;
  volumeType?: string;
  throughput?: number;
}

/** An infrastructure or a distribution configuration. */
export interface ConfigurationRow {
  arn: string;
  region: string;
  name: string;
  request: Record<string, unknown>;
  tags: Record<string, string>;
  createdAt: string;
  updatedAt?: string | undefined;
}

export type BuildStatus =
  | 'PENDING'
  | 'CREATING'
  | 'BUILDING'
  | 'TESTING'
  | 'DISTRIBUTING'
  | 'AVAILABLE'
  | 'FAILED'
  | 'CANCELLED';

export interface BuildRow {
  arn: string;
  region: string;
  name: string;
  version: string;
  build: number;
  recipeArn: string;
  infrastructureArn: string;
  distributionArn?: string | undefined;
  testsEnabled: boolean;
  metadataEnabled: boolean;
  executionRole?: string | undefined;
  logGroup: string;
  tags: Record<string, string>;
  createdAt: string;
  status: BuildStatus;
  /** The account's own workflows that it runs; absent: the default ones. */
  workflows?: BuildWorkflow[] | undefined;
  /** The pipeline that started it, and whether its schedule did. */
  pipelineArn?: string | undefined;
  scheduled?: boolean | undefined;
  /** Its inputs when it started; a pipeline's schedule compares them with the current ones. */
  madeOf: { parent: string | undefined; components: string[] };
  /** After RetryImage: the phase at which it resumes, with the AMI of the build phase. */
  resumeAt?: 'TEST' | 'DISTRIBUTION' | undefined;
  reason?: string | undefined;
  failureContext?: Record<string, unknown> | undefined;
  /** The AMI of the build phase, set at the end of BUILDING. */
  imageId?: string | undefined;
  /** The AMIs that distribution made. */
  amis: {
    region: string;
    image: string;
    name: string;
    description?: string | undefined;
    accountId: string;
  }[];
}

/** A workflow that a build runs. */
export interface BuildWorkflow {
  arn: string;
  name: string;
  type: WorkflowRow['type'];
  steps: [name: string, action: string][];
  onFailure: 'ABORT' | 'CONTINUE';
}

/** A workflow document that the account created. */
export interface OwnWorkflowRow extends Omit<BuildWorkflow, 'onFailure'> {
  region: string;
  version: string;
  build: number;
  data: string;
  parameters: { name: string; type: string; defaultValue?: string[] | undefined }[];
  description?: string | undefined;
  changeDescription?: string | undefined;
  tags: Record<string, string>;
  createdAt: string;
}

export interface PipelineRow {
  arn: string;
  region: string;
  name: string;
  /** The members of the last Create or Update, unchanged, without token and tags. */
  request: PipelineRequest;
  tags: Record<string, string>;
  createdAt: string;
  updatedAt?: string | undefined;
  lastRunAt?: string | undefined;
  /** ISO 8601; absent: no scheduled run. */
  nextRunAt?: string | undefined;
  /** Scheduled runs that failed in a row. */
  failures: number;
}

export interface PipelineRequest {
  imageRecipeArn: string;
  infrastructureConfigurationArn: string;
  distributionConfigurationArn?: string;
  description?: string;
  imageTestsConfiguration?: { imageTestsEnabled?: boolean };
  enhancedImageMetadataEnabled?: boolean;
  schedule?: {
    scheduleExpression?: string;
    timezone?: string;
    pipelineExecutionStartCondition?: string;
    autoDisablePolicy?: { failureCount: number };
  };
  status?: 'ENABLED' | 'DISABLED';
  imageTags?: Record<string, string>;
  workflows?: WorkflowConfiguration[];
  executionRole?: string;
  loggingConfiguration?: { imageLogGroupName?: string; pipelineLogGroupName?: string };
}

/** A workflow in the request of CreateImage or of a pipeline. */
export interface WorkflowConfiguration {
  workflowArn: string;
  parameters?: { name: string; value: string[] }[];
  parallelGroup?: string;
  onFailure?: 'ABORT' | 'CONTINUE';
}

const ENDED: ReadonlySet<BuildStatus> = new Set(['AVAILABLE', 'FAILED', 'CANCELLED']);

export function isUnderWay(build: BuildRow): boolean {
  return !ENDED.has(build.status);
}

export interface WorkflowStepRow {
  id: string;
  name: string;
  action: string;
  status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
  message?: string | undefined;
  startTime?: string | undefined;
  endTime?: string | undefined;
}

export interface WorkflowRow {
  id: string;
  region: string;
  buildArn: string;
  workflowArn: string;
  type: 'BUILD' | 'TEST' | 'DISTRIBUTION';
  status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  message?: string | undefined;
  startTime: string;
  endTime?: string | undefined;
  steps: WorkflowStepRow[];
}

/** Consecutive log lines of one stream. */
export interface LogRow {
  region: string;
  group: string;
  stream: string;
  chunk: number;
  /** Milliseconds since 1970, and the text. */
  events: [number, string][];
}

/** A key starts with its Region, so that the rows of a Region have a common prefix. */
export function rowKey(region: string, ...rest: (string | number)[]): string {
  return [region, ...rest].join(' ');
}

export function getRow<T extends keyof Tables>(from: Reader, table: T, key: string): Tables[T] | undefined {
  return from.get(table, key) as Tables[T] | undefined;
}

/** Rows of a Region; `rest` are further parts of the key. */
export function listRows<T extends keyof Tables>(
  from: Reader,
  table: T,
  region: string,
  ...rest: string[]
): Tables[T][] {
  return from.list(table, `${rowKey(region, ...rest)} `) as Tables[T][];
}

export function putRow<T extends keyof Tables>(to: Transaction, table: T, key: string, row: Tables[T]): void {
  to.put(table, key, row);
}
