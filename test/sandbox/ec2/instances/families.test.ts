/** Compares the instance types of the sandbox with the list in the AWS SDK, which is made from EC2's own model. */
import { _InstanceType } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { familyNames, instanceTypes } from '../../../../src/sandbox/ec2/instances/families.ts';

it('has each size that EC2 has of its families, and no other', () => {
  const real = Object.values(_InstanceType).filter((name) =>
    familyNames.includes(name.split('.')[0] as string),
  );
  expect(instanceTypes.map(({ name }) => name).sort()).toEqual(real.sort());
});

it.each([
  ['c5.9xlarge', 36, 72],
  ['c5n.large', 2, 5.25],
  ['m6g.medium', 1, 4],
  ['r7i.48xlarge', 192, 1536],
  ['p5en.48xlarge', 192, 2048],
  ['hpc7a.12xlarge', 24, 768],
  ['t3.micro', 2, 1],
])('%s has %i vCPUs and %d GiB', (name, vcpus, memoryGiB) => {
  expect(instanceTypes.find((type) => type.name === name)).toMatchObject({ vcpus, memoryGiB });
});
