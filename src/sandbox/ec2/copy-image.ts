/** Handles CopyImage. */
import type { Call } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { supportedRegions } from '../../os/releases.ts';
import { oncePerToken } from '../once.ts';
import { rowKey, putRow, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { PENDING_MS, findImage, stateOf } from './catalogue.ts';
import { checkImageName } from './image-name.ts';
import { createSnapshot } from './snapshots.ts';
import { addTags, specifiedTags, tagsOf, type TagSpecification } from './tags.ts';

interface Input {
  ClientToken?: string;
  Name: string;
  Description?: string;
  SourceImageId: string;
  SourceRegion: string;
  Encrypted?: boolean;
  KmsKeyId?: string;
  CopyImageTags?: boolean;
  TagSpecifications?: TagSpecification[];
}

/**
 * A copy has no launch permissions, deprecation or protection. It has the source's tags only with CopyImageTags, and
 * only if this account owns the source (EC2 user guide, "Copy an Amazon EC2 AMI").
 */
export function copyImage(input: Input, call: Call): object {
  return oncePerToken(call, input.ClientToken, input, 'IdempotentParameterMismatch', () => {
    if (!Object.hasOwn(supportedRegions, input.SourceRegion)) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value (${input.SourceRegion}) for parameter sourceRegion is invalid.`,
      );
    }
    const from = { state: call.state, region: input.SourceRegion };
    const source = findImage(from, input.SourceImageId);
    if (stateOf(source, call.now) !== 'available') {
      throw new AwsError('IncorrectState', `The image ${source.id} is in state ${stateOf(source, call.now)}`);
    }
    checkImageName(call, input.Name);
    const own = source.ownerId === ACCOUNT && input.CopyImageTags === true ? tagsOf(from, source.id) : {};
    const tags = { ...own, ...specifiedTags(input.TagSpecifications, 'image') };
    const settings = {
      name: input.Name,
      description: input.Description ?? '',
      encrypted: input.Encrypted ?? false,
      kmsKeyId: input.KmsKeyId,
    };
    const id = createImageCopy(call, source, settings, Math.max(PENDING_MS, call.awsDelay('copy')));
    addTags(call, id, tags);
    if (call.failsCopies) failImage(call, id);
    const snapshotTags = specifiedTags(input.TagSpecifications, 'snapshot');
    for (const { snapshotId } of findImage(call, id).devices) {
      if (snapshotId !== undefined) addTags(call, snapshotId, snapshotTags);
    }
    return { ImageId: id };
  });
}

/** Creates the copy in the Region of `call`; Image Builder's distribution uses it, too. */
export function createImageCopy(
  call: Pick<Call, 'state' | 'region' | 'now'>,
  source: ImageRow,
  settings: { name: string; description: string; encrypted: boolean; kmsKeyId: string | undefined },
  pendingMs: number = PENDING_MS,
): string {
  const id = newId('ami');
  const copy: ImageRow = {
    region: call.region,
    id,
    name: settings.name,
    description: settings.description,
    ownerId: ACCOUNT,
    public: false,
    architecture: source.architecture,
    createdAt: call.now.toISOString(),
    availableAt: new Date(call.now.getTime() + pendingMs).toISOString(),
    rootDevice: source.rootDevice,
    devices: source.devices.map((device) => {
      const encrypted = device.encrypted || settings.encrypted;
      const snapshotId = createSnapshot(call, {
        description: `Copied for DestinationAmi ${id} from SourceAmi ${source.id}`,
        sizeGiB: device.sizeGiB,
        encrypted,
        kmsKeyId: settings.kmsKeyId,
        disk: source.disk,
      });
      return { ...device, snapshotId, encrypted };
    }),
    imdsSupport: source.imdsSupport,
    bootMode: source.bootMode,
    sourceImageId: source.id,
    sourceImageRegion: source.region,
    permissions: [],
    disk: source.disk,
  };
  putRow(call.state, 'image', rowKey(call.region, id), copy);
  return id;
}

/** The copy fails after CopyImage has answered, as on AWS: the answer to the same token stays its id. */
function failImage(call: Call, id: string): void {
  const stateReason = 'AMI copy failed: the KMS key is not accessible';
  putRow(call.state, 'image', rowKey(call.region, id), {
    ...findImage(call, id),
    making: 'failed',
    stateReason,
  });
}
