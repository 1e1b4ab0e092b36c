/** Makes the IAM calls about the instance profile of the build instance. */
import {
  GetInstanceProfileCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { tryRead, valueOrUndefined, type ReadResult } from './ask.ts';
import type { Session } from './session.ts';

export interface ProfileFacts {
  name: string;
  /** undefined: the profile has no role. */
  role: string | undefined;
  /** The names of the managed policies of the role. */
  policies: ReadResult<string[]>;
  /** The needed actions that its policies do not allow; empty without a call if the role has the managed policies. */
  denied: ReadResult<string[]>;
}

export interface ProfileNeeds {
  policies: readonly string[];
  actions: readonly string[];
}

/** Makes two calls if the role has the needed managed policies, and three otherwise. */
export async function readProfile(
  aws: Session,
  region: string,
  name: string,
  needed: ProfileNeeds,
): Promise<ReadResult<ProfileFacts>> {
  const iam = aws.client('iam', region, (config) => new IAMClient(config));
  const profile = await tryRead(
    `instance profile ${name}`,
    ['NoSuchEntityException'],
    async (abortSignal) => {
      const command = new GetInstanceProfileCommand({ InstanceProfileName: name });
      const { InstanceProfile } = await iam.send(command, { abortSignal });
      const [role] = InstanceProfile?.Roles ?? [];
      return { role: role?.RoleName, arn: role?.Arn };
    },
  );
  const found = valueOrUndefined(profile);
  if (!found) return profile as ReadResult<ProfileFacts>;
  const { role, arn } = found;
  if (role === undefined) return { value: { name, role, policies: { value: [] }, denied: { value: [] } } };

  const policies = await tryRead(`policies of role ${role}`, [], async (abortSignal) => {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: role });
    const { AttachedPolicies } = await iam.send(command, { abortSignal });
    return (AttachedPolicies ?? []).map((policy) => policy.PolicyName ?? '');
  });
  const names = valueOrUndefined(policies);
  const enough = needed.policies.every((policy) => names?.includes(policy));
  const denied: ReadResult<string[]> = enough
    ? { value: [] }
    : await tryRead(`what role ${role} may do`, [], async (abortSignal) => {
        const command = new SimulatePrincipalPolicyCommand({
          PolicySourceArn: arn,
          ActionNames: [...needed.actions],
        });
        const { EvaluationResults } = await iam.send(command, { abortSignal });
        return (EvaluationResults ?? [])
          .filter((result) => result.EvalDecision !== 'allowed')
          .map((result) => result.EvalActionName ?? '');
      });
  return { value: { name, role, policies, denied } };
}
