/** Owns which operations concern instances and what belongs to them. */
import type { Call, Handlers } from '../../call.ts';
import { createImage } from '../create-image.ts';
import { createKeyPair, deleteKeyPair, describeKeyPairs, importKeyPair } from '../key-pairs.ts';
import {
  authorizeEgress,
  authorizeIngress,
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
  revokeEgress,
  revokeIngress,
} from '../security-groups.ts';
import { createSnapshot } from '../create-snapshot.ts';
import { attachVolume, createVolume, deleteVolume, describeVolumes, detachVolume } from '../volumes.ts';
import { describeInstanceAttribute, modifyInstanceAttribute } from './attributes.ts';
import { describeInstances, describeInstanceStatus, getConsoleOutput } from './describe.ts';
import { findInstance } from './find.ts';
import { runInstances } from './run.ts';
import { rebootInstances, startInstances, stopInstances, terminateInstances } from './states.ts';
import { describeInstanceTypeOfferings, describeInstanceTypes } from './types.ts';

export const instanceOperations: Handlers = {
  AttachVolume: (input: { Device: string; VolumeId: string; InstanceId: string }, call: Call) =>
    attachVolume(input, findInstance(call, input.InstanceId), call),
  AuthorizeSecurityGroupEgress: authorizeEgress,
  AuthorizeSecurityGroupIngress: authorizeIngress,
  CreateImage: createImage,
  CreateKeyPair: createKeyPair,
  CreateSecurityGroup: createSecurityGroup,
  CreateSnapshot: createSnapshot,
  CreateVolume: createVolume,
  DeleteKeyPair: deleteKeyPair,
  DeleteSecurityGroup: deleteSecurityGroup,
  DeleteVolume: deleteVolume,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  DescribeKeyPairs: describeKeyPairs,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeVolumes: describeVolumes,
  DetachVolume: detachVolume,
  GetConsoleOutput: getConsoleOutput,
  ImportKeyPair: importKeyPair,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  RebootInstances: rebootInstances,
  RevokeSecurityGroupEgress: revokeEgress,
  RevokeSecurityGroupIngress: revokeIngress,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
