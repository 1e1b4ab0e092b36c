/** Makes the IAM calls about the instance profile of the build instance. */
import {
  GetInstanceProfileCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { ask, known, type Answer } from './ask.ts';
import type { Session } from './session.ts';

export interface ProfileFacts {
  name: string;
  /** undefined: the profile has no role. */
  role: string | undefined;
  /** The names of the managed policies of the role. */
  policies: Answer<string[]>;
  /** The needed actions that its policies do not allow; empty without a call if the role has the managed policies. */
  denied: Answer<string[]>;
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
): Promise<Answer<ProfileFacts>> {
  const iam = aws.client('iam', region, (config) => new IAMClient(config));
  const profile = await ask(`instance profile ${name}`, ['NoSuchEntityException'], async (abortSignal) => {
    const command = new GetInstanceProfileCommand({ InstanceProfileName: name });
    const { InstanceProfile } = await iam.send(command, { abortSignal });
    const [role] = InstanceProfile?.Roles ?? [];
    return { role: role?.RoleName, arn: role?.Arn };
  });
  const found = known(profile);
  if (!found) return profile as Answer<ProfileFacts>;
  const { role, arn } = found;
  if (role === undefined) return { value: { name, role, policies: { value: [] }, denied: { value: [] } } };

  const policies = await ask(`policies of role ${role}`, [], async (abortSignal) => {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: role });
    const { AttachedPolicies } = await iam.send(command, { abortSignal });
    return (AttachedPolicies ?? []).map((policy) => policy.PolicyName ?? '');
  });
  const names = known(policies);
  const enough = needed.policies.every((policy) => names?.includes(policy));
  const denied: Answer<string[]> = enough
    ? { value: [] }
    : await ask(`what role ${role} may do`, [], async (abortSignal) => {
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
