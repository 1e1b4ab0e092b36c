/** The part of IAM and Service Quotas that bake reads. */
import {
  GetInstanceProfileCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  GetServiceQuotaCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { expect, test } from 'vitest';
import { errorName, openAccount } from './account.ts';

const RoleName = 'EC2InstanceProfileForImageBuilder';

async function clients() {
  const { sandbox } = await openAccount();
  const config = {
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  };
  return { iam: new IAMClient(config), quotas: new ServiceQuotasClient(config) };
}

test('the default instance profile of bakery.yaml exists and has the policies that Image Builder needs', async () => {
  const { iam } = await clients();
  const { InstanceProfile } = await iam.send(
    new GetInstanceProfileCommand({ InstanceProfileName: RoleName }),
  );
  const role = InstanceProfile?.Roles?.[0];
  expect(role?.Arn).toBe(`arn:aws:iam::111122223333:role/${RoleName}`);
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies?.map((policy) => policy.PolicyName)).toContain('AmazonSSMManagedInstanceCore');
});

test('a policy simulation follows the policies of the role', async () => {
  const { iam } = await clients();
  const decisions = async (name: string) => {
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: `arn:aws:iam::111122223333:role/${name}`,
        ActionNames: ['ssmmessages:OpenDataChannel', 'imagebuilder:GetComponent', 's3:DeleteBucket'],
      }),
    );
    return EvaluationResults?.map((result) => result.EvalDecision);
  };
  expect(await decisions(RoleName)).toEqual(['allowed', 'allowed', 'implicitDeny']);
  expect(await decisions('bakery-without-session-manager')).toEqual([
    'implicitDeny',
    'allowed',
    'implicitDeny',
  ]);
});

test('missing roles, profiles and quotas have the errors of their service', async () => {
  const { iam, quotas } = await clients();
  const absent = await Promise.all([
    errorName(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: 'nobody' }))),
    errorName(iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'nobody' }))),
    errorName(quotas.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: 'L-00000000' }))),
  ]);
  expect(absent).toEqual(['NoSuchEntityException', 'NoSuchEntityException', 'NoSuchResourceException']);
});

test('the quota of standard instances counts vCPUs', async () => {
  const { quotas } = await clients();
  const { Quota } = await quotas.send(
    new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' }),
  );
  expect(Quota).toMatchObject({ QuotaCode: 'L-1216C47A', Value: 64 });
  const { Quotas } = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ec2', MaxResults: 2 }));
  expect(Quotas).toHaveLength(2);
});
