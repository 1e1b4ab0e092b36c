/** Owns `bake iam`: the least policy a command needs, for the names that bakery.yaml uses. */
import path from 'node:path';
import type { PolicyScope } from '../../aws/action-rows.ts';
import { iamPolicy } from '../../aws/actions.ts';
import { loadBakery } from '../../config/load.ts';
import type { Engines } from '../../engines/engine.ts';
import { defaultEngine, engineRows, rolesOf } from '../../engines/registry.ts';
import { partitionOf } from '../../os/releases.ts';
import { parameterRoot } from '../../publish/parameter.ts';
import { readLocation } from '../../config/location.ts';
import { exists } from '../../util/files.ts';
import { requireEngine } from '../../jobs/context.ts';
import { enginesOf } from '../../jobs/engines.ts';
import type { Invocation } from '../../jobs/invocation.ts';

interface Names {
  scope: PolicyScope;
  /** Engines that bakery.yaml's targets bake with. */
  engines: string[];
}

/** What bakery.yaml says by default: without that file the policy is for these. */
const DEFAULTS: PolicyScope = {
  account: '*',
  partition: 'aws',
  parameterPath: '/hpc/ami/',
  prefix: 'bakery',
  role: 'EC2InstanceProfileForImageBuilder',
};

/** Prints the policy document. @throws BakeError USAGE, and those of a bakery.yaml that is there but wrong */
export async function execute(invocation: Invocation): Promise<0> {
  const { host, options, args, cwd, env } = invocation;
  const engines = await enginesOf(invocation);
  requireEngine(options.engine, engines, 'iam');
  const file = path.resolve(cwd, options.config);
  const names = (await exists(file))
    ? await namesOf(file, env, engines)
    : { scope: DEFAULTS, engines: [defaultEngine(engines).id] };
  const used = options.engine === undefined ? names.engines : [options.engine];
  const command = args[0] ?? 'run';
  const policy = iamPolicy(names.scope, command, engineRows(engines, command, used));
  host.result(policy, () => JSON.stringify(policy, null, 2));
  return 0;
}

async function namesOf(file: string, env: NodeJS.ProcessEnv, engines: Engines): Promise<Names> {
  const { value } = await loadBakery(file, env, engines);
  const region = value.targets[0]?.regions?.[0] ?? value.defaults.regions[0] ?? '';
  const store = readLocation(value.store, path.dirname(file));
  const scope = {
    ...DEFAULTS,
    // IAM takes no wildcard for the partition: it follows from where the targets are baked.
    partition: partitionOf(region),
    parameterPath: parameterRoot(value.publish.parameter),
    prefix: value.image.prefix,
    role: value.builder.instanceProfile,
    engineRoles: rolesOf(engines, value),
    store: store.kind === 's3' ? store : undefined,
    publishRole: value.publish.share.parameters?.role.replace('{account}', '*'),
    topic: value.notify?.sns,
    signingKey: signingKey(value.provenance?.key, partitionOf(region)),
  };
  const used = new Set(value.targets.map(({ engine }) => engine ?? value.defaults.engine));
  return { scope, engines: [...used] };
}

/** An alias is no resource of a policy (KMS developer guide, "Key ARNs in policies"): then it is every key of the account. */
function signingKey(key: string | undefined, partition: string): string | undefined {
  if (key === undefined || !key.startsWith('kms:')) return undefined;
  const id = key.slice('kms:'.length);
  if (/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(id)) return id;
  return `arn:${partition}:kms:*:*:key/${/^(?:alias\/|arn:)/.test(id) ? '*' : id}`;
}
