/** Makes input for the Packer renderer, like the render stage does. */
import { imageParts } from '../../../../src/image/parts.ts';
import { imageSteps } from '../../../../src/image/steps.ts';
import { verifyRows } from '../../../../src/image/verify.ts';
import { findOs } from '../../../../src/os/index.ts';
import type { PackerInput } from '../../../../src/engines/packer/render.ts';
import { packagedTemplates } from '../../../../src/text/templates.ts';
import { fullInputs } from '../../../image/support/inputs.ts';

const templates = packagedTemplates();

export function packerInput(
  os: string,
  inputs = fullInputs(os),
  more: Partial<PackerInput> = {},
): PackerInput {
  return {
    label: `${os} x86_64`,
    key: `${os}-x86_64-3.15.1`,
    region: 'us-east-1',
    os,
    parallelcluster: '3.15.1',
    user: findOs(os)?.user ?? '',
    base: {
      id: 'ami-0123456789abcdef0',
      description: 'AWS ParallelCluster AMI',
      rootDevice: '/dev/xvda',
      sizeGiB: 40,
    },
    name: `bakery-${os}-x86_64-3.15.1-0123456789ab`,
    fingerprint: `sha256:${'0123456789abcdef'.repeat(4)}`,
    recipe: 'recipes/standard.yaml',
    steps: imageSteps(imageParts(inputs), templates),
    rows: verifyRows(imageParts(inputs), templates),
    builder: {
      instanceType: 'c5.xlarge',
      instanceProfile: 'EC2InstanceProfileForImageBuilder',
      subnet: undefined,
      securityGroups: [],
      kmsKey: undefined,
      tags: {},
    },
    settings: { command: 'packer', allowLegacy: false, ssh: 'private', sshFrom: [] },
    ...more,
  };
}
