/** Builds the least IAM policy that a command needs, for the names in bakery.yaml. */
import path from 'node:path';
import type { PolicyScope } from '../aws/action-rows.ts';
import { iamPolicy } from '../aws/actions.ts';
import { loadBakery } from '../config/load.ts';
import { readLocation } from '../config/location.ts';
import type { Engines } from '../engines/engine.ts';
import { defaultEngine, engineRows, rolesOf } from '../engines/registry.ts';
import { partitionOf } from '../os/releases.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { exists } from '../util/files.ts';
import { enginesOf } from './engines.ts';
import type { Invocation } from './invocation.ts';
import { configFile } from './places.ts';
import { requireEngine } from './selection.ts';

interface Names {
  scope: PolicyScope;
  /** The engines of the targets. */
  engines: string[];
}

/** The defaults of bakery.yaml, for a policy without that file. */
const DEFAULTS: PolicyScope = {
  account: '*',
  partition: 'aws',
  parameterPath: '/hpc/ami/',
  prefix: 'bakery',
  role: 'EC2InstanceProfileForImageBuilder',
};

/**
 * @param command of bake
 * @throws BakeError USAGE; the errors of a bakery.yaml that exists and is wrong
 */
export async function commandPolicy(
  invocation: Invocation,
  command: string,
): Promise<ReturnType<typeof iamPolicy>> {
  const { options, env } = invocation;
  const engines = await enginesOf(invocation);
  requireEngine(options.engine, engines, 'iam');
  const file = configFile(invocation);
  const names = (await exists(file))
    ? await namesOf(file, env, engines)
    : { scope: DEFAULTS, engines: [defaultEngine(engines).id] };
  const used = options.engine === undefined ? names.engines : [options.engine];
  return iamPolicy(names.scope, command, engineRows(engines, command, used));
}

async function namesOf(file: string, env: NodeJS.ProcessEnv, engines: Engines): Promise<Names> {
  const { value } = await loadBakery(file, env, engines);
  const region = value.targets[0]?.regions?.[0] ?? value.defaults.regions[0] ?? '';
  const store = readLocation(value.store, path.dirname(file));
  const scope = {
    ...DEFAULTS,
    // IAM accepts no wildcard for the partition, so it is that of the first Region.
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

/** A policy cannot name an alias (KMS developer guide, "Key ARNs in policies"), so an alias allows every key of the account. */
function signingKey(key: string | undefined, partition: string): string | undefined {
  if (key === undefined || !key.startsWith('kms:')) return undefined;
  const id = key.slice('kms:'.length);
  if (/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(id)) return id;
  return `arn:${partition}:kms:*:*:key/${/^(?:alias\/|arn:)/.test(id) ? '*' : id}`;
}
