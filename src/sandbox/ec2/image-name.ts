/** Checks the name that a new AMI is to have. */
import type { Call } from '../call.ts';
import { listRows } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

/** @throws AwsError InvalidAMIName.Malformed, InvalidAMIName.Duplicate (EC2 API reference, RegisterImage) */
export function checkImageName(call: Pick<Call, 'state' | 'region'>, name: string): void {
  if (!/^[A-Za-z0-9()[\]. /\-'@_]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
  const taken = listRows(call.state, 'image', call.region).find(
    // An assumption: a failed image does not keep its name.
    (image) => image.name === name && image.making !== 'failed',
  );
  if (taken)
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${taken.id}`);
}
