/** Owns CopyImage. */
import type { Call } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { supportedRegions } from '../../os/releases.ts';
import { once } from '../once.ts';
import { keyOf, putRow, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { PENDING_MS, findImage, stateOf } from './catalogue.ts';
import { checkName } from './register-image.ts';
import { makeSnapshot } from './snapshots.ts';
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
 * Launch permissions, deprecation and protection do not follow a copy; tags do only with CopyImageTags, and never those
 * of AWS itself (EC2 user guide, "Copy an Amazon EC2 AMI").
 */
export function copyImage(input: Input, call: Call): object {
  return once(call, input.ClientToken, input, 'IdempotentParameterMismatch', () => {
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
    checkName(call, input.Name);
    const own = source.ownerId === ACCOUNT && input.CopyImageTags === true ? tagsOf(from, source.id) : {};
    const tags = { ...own, ...specifiedTags(input.TagSpecifications, 'image') };
    const wish = {
      name: input.Name,
      description: input.Description ?? '',
      encrypted: input.Encrypted ?? false,
      kmsKeyId: input.KmsKeyId,
    };
    const id = makeCopy(call, source, wish, Math.max(PENDING_MS, call.takes('copy')));
    addTags(call, id, tags);
    const snapshotTags = specifiedTags(input.TagSpecifications, 'snapshot');
    for (const { snapshotId } of findImage(call, id).devices) {
      if (snapshotId !== undefined) addTags(call, snapshotId, snapshotTags);
    }
    return { ImageId: id };
  });
}

/** The copy itself, in the Region of `call`; Image Builder's distribution makes the same. */
export function makeCopy(
  call: Pick<Call, 'state' | 'region' | 'now'>,
  source: ImageRow,
  wish: { name: string; description: string; encrypted: boolean; kmsKeyId: string | undefined },
  pendingMs: number = PENDING_MS,
): string {
  const id = newId('ami');
  const copy: ImageRow = {
    region: call.region,
    id,
    name: wish.name,
    description: wish.description,
    ownerId: ACCOUNT,
    public: false,
    architecture: source.architecture,
    createdAt: call.now.toISOString(),
    availableAt: new Date(call.now.getTime() + pendingMs).toISOString(),
    rootDevice: source.rootDevice,
    devices: source.devices.map((device) => {
      const encrypted = device.encrypted || wish.encrypted;
      const snapshotId = makeSnapshot(call, {
        description: `Copied for DestinationAmi ${id} from SourceAmi ${source.id}`,
        sizeGiB: device.sizeGiB,
        encrypted,
        kmsKeyId: wish.kmsKeyId,
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
  putRow(call.state, 'image', keyOf(call.region, id), copy);
  return id;
}
