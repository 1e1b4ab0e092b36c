/** Owns `bake iam`: the least policy a run needs, for the names that bakery.yaml uses. */
import path from 'node:path';
import { iamPolicy } from '../../aws/actions.ts';
import { loadBakery } from '../../config/load.ts';
import { partitionOf } from '../../os/releases.ts';
import { parameterRoot } from '../../publish/parameter.ts';
import { exists } from '../../util/files.ts';
import type { Invocation } from '../command.ts';

type Scope = Parameters<typeof iamPolicy>[0];

/** What bakery.yaml says by default: without that file the policy is for these. */
const DEFAULT_SCOPE: Scope = {
  account: '*',
  partition: 'aws',
  parameterPath: '/hpc/ami/',
  prefix: 'bakery',
  role: 'EC2InstanceProfileForImageBuilder',
};

/** Prints the policy document. @throws BakeErrors of a bakery.yaml that is there but wrong */
export async function execute({ host, options, cwd, env }: Invocation): Promise<0> {
  const file = path.resolve(cwd, options.config);
  const policy = iamPolicy((await exists(file)) ? await scopeOf(file, env) : DEFAULT_SCOPE);
  host.result(policy, () => JSON.stringify(policy, null, 2));
  return 0;
}

async function scopeOf(file: string, env: NodeJS.ProcessEnv): Promise<Scope> {
  const { value } = await loadBakery(file, env);
  const region = value.targets[0]?.regions?.[0] ?? value.defaults.regions[0] ?? '';
  return {
    ...DEFAULT_SCOPE,
    // IAM takes no wildcard for the partition: it follows from where the targets are baked.
    partition: partitionOf(region),
    parameterPath: parameterRoot(value.publish.parameter),
    prefix: value.image.prefix,
    role: value.builder.instanceProfile,
  };
}
