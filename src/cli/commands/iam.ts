/** `bake iam`: prints the least IAM policy that a command needs. */
import { commandPolicy } from '../../jobs/iam.ts';
import type { Invocation } from '../../jobs/invocation.ts';

export async function execute(invocation: Invocation): Promise<0> {
  const policy = await commandPolicy(invocation, invocation.args[0] ?? 'run');
  invocation.host.document(policy, () => JSON.stringify(policy, null, 2));
  return 0;
}
