/** Owns which operations concern instances and what belongs to them. */
import type { Handlers } from '../../call.ts';
import { createImage } from '../create-image.ts';
import { createKeyPair, deleteKeyPair, describeKeyPairs } from '../key-pairs.ts';
import {
  authorizeSecurityGroupIngress,
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
} from '../security-groups.ts';
import { deleteVolume, describeVolumes } from '../volumes.ts';
import { describeInstances } from './describe.ts';
import { modifyInstanceAttribute } from './modify.ts';
import { runInstances } from './run.ts';
import { startInstances, stopInstances, terminateInstances } from './states.ts';
import { describeInstanceTypeOfferings, describeInstanceTypes } from './types.ts';

export const instanceOperations: Handlers = {
  AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
  CreateImage: createImage,
  CreateKeyPair: createKeyPair,
  CreateSecurityGroup: createSecurityGroup,
  DeleteKeyPair: deleteKeyPair,
  DeleteSecurityGroup: deleteSecurityGroup,
  DeleteVolume: deleteVolume,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  DescribeKeyPairs: describeKeyPairs,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeVolumes: describeVolumes,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
