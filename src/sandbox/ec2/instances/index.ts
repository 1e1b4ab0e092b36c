/** The table of operations on instances and instance types. */
import type { Handlers } from '../../call.ts';
import { describeInstances } from './describe.ts';
import { modifyInstanceAttribute } from './modify.ts';
import { runInstances } from './run.ts';
import { startInstances, stopInstances, terminateInstances } from './states.ts';
import { describeInstanceTypeOfferings, describeInstanceTypes } from './types.ts';

export const instanceOperations: Handlers = {
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
