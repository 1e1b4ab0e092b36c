/** Handles ModifyInstanceAttribute. */
import type { Call } from '../../call.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { InstanceRow } from '../rows.ts';
import { findGroup } from '../security-groups.ts';
import { saveVolume, volumesOf } from '../volumes.ts';
import { findInstanceRow, saveInstance } from './find.ts';
import { findType } from './types.ts';

interface ModifyInput {
  InstanceId: string;
  SourceDestCheck?: { Value?: boolean };
  DisableApiStop?: { Value?: boolean };
  DisableApiTermination?: { Value?: boolean };
  EbsOptimized?: { Value?: boolean };
  EnaSupport?: { Value?: boolean };
  SriovNetSupport?: { Value?: string };
  InstanceInitiatedShutdownBehavior?: { Value?: string };
  InstanceType?: { Value?: string };
  UserData?: { Value?: string };
  Groups?: string[];
  BlockDeviceMappings?: { DeviceName?: string; Ebs?: { DeleteOnTermination?: boolean } }[];
  Attribute?: string;
  Value?: string;
}

/** Attributes that can change only while the instance is stopped (EC2 API reference, ModifyInstanceAttribute). */
const WHILE_STOPPED = ['InstanceType', 'UserData', 'EnaSupport', 'SriovNetSupport', 'EbsOptimized'] as const;

export function modifyInstanceAttribute(input: ModifyInput, call: Call): object {
  const row = findInstanceRow(call, input.InstanceId);
  if (input.Attribute !== undefined) {
    throw new AwsError(
      'UnsupportedOperation',
      'The sandbox accepts each attribute as its own parameter, not as Attribute and Value.',
    );
  }
  if (row.state !== 'stopped' && WHILE_STOPPED.some((name) => input[name] !== undefined)) {
    throw new AwsError('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  if (input.InstanceType?.Value !== undefined) findType(input.InstanceType.Value);
  for (const id of input.Groups ?? []) findGroup(call, id);
  saveInstance(call, {
    ...row,
    sourceDestCheck: input.SourceDestCheck?.Value ?? row.sourceDestCheck,
    protectedFromStop: input.DisableApiStop?.Value ?? row.protectedFromStop,
    protectedFromTermination: input.DisableApiTermination?.Value ?? row.protectedFromTermination,
    ebsOptimized: input.EbsOptimized?.Value ?? row.ebsOptimized,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior?.Value ?? row.shutdownBehavior,
    type: input.InstanceType?.Value ?? row.type,
    userData: input.UserData?.Value ?? row.userData,
    groupIds: input.Groups ?? row.groupIds,
  });
  for (const mapping of input.BlockDeviceMappings ?? []) changeVolume(row, mapping, call);
  return {};
}

function changeVolume(
  row: InstanceRow,
  { DeviceName, Ebs }: { DeviceName?: string; Ebs?: { DeleteOnTermination?: boolean } },
  call: Call,
): void {
  const volume = volumesOf(call, row).find(({ attachment }) => attachment?.device === DeviceName);
  if (!volume?.attachment) {
    throw new AwsError(
      'InvalidInstanceAttributeValue',
      `No device is currently mapped at ${DeviceName ?? ''}`,
    );
  }
  const deleteOnTermination = Ebs?.DeleteOnTermination ?? volume.attachment.deleteOnTermination;
  saveVolume(call, { ...volume, attachment: { ...volume.attachment, deleteOnTermination } });
}
