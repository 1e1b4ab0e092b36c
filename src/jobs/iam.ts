/** Builds the least IAM policy that a command needs, for the names in bakery.yaml. */
import path from 'node:path';
import { iamPolicy, type PolicyScope } from '../aws/actions.ts';
import { loadBakery } from '../config/load.ts';
import { BakeError } from '../errors/bake-error.ts';
import { engines } from '../engines/index.ts';
import { partitionOf } from '../os/releases.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { readLocation } from '../config/location.ts';
import { exists } from '../util/files.ts';
import type { Invocation } from './invocation.ts';
import { configFile } from './places.ts';

interface Names {
  scope: PolicyScope;
  /** The engines of the targets. */
  engines: string[];
}

/** The defaults of bakery.yaml, for a policy without that file. */
const DEFAULTS: Names = {
  scope: {
    account: '*',
    partition: 'aws',
    parameterPath: '/hpc/ami/',
    prefix: 'bakery',
    role: 'EC2InstanceProfileForImageBuilder',
  },
  engines: ['imagebuilder'],
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
  if (options.engine !== undefined && !(options.engine in engines)) {
    const message = `--engine: expected ${Object.keys(engines).join(' or ')}, found ${options.engine}`;
    throw new BakeError('USAGE', { message, command: 'iam' });
  }
  const file = configFile(invocation);
  const names = (await exists(file)) ? await namesOf(file, env) : DEFAULTS;
  const used = options.engine === undefined ? names.engines : [options.engine];
  return iamPolicy(names.scope, command, used);
}

async function namesOf(file: string, env: NodeJS.ProcessEnv): Promise<Names> {
  const { value } = await loadBakery(file, env);
  const region = value.targets[0]?.regions?.[0] ?? value.defaults.regions[0] ?? '';
  const store = readLocation(value.store, path.dirname(file));
  const scope = {
    ...DEFAULTS.scope,
    // IAM accepts no wildcard for the partition, so it is that of the first Region.
    partition: partitionOf(region),
    parameterPath: parameterRoot(value.publish.parameter),
    prefix: value.image.prefix,
    role: value.builder.instanceProfile,
    executionRole: value.imageBuilder.executionRole,
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
