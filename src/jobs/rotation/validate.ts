/** Checks rotated configs with the installed pcluster, for --validate. */
import path from 'node:path';
import { clusterNames } from '../../template/names.ts';
import { readTrust } from '../../config/trust.ts';
import { validateConfigs, type ConfigToValidate, type ConfigVerdict } from '../../programs/pcluster.ts';
import { rotatedBytes } from '../../rotate/apply.ts';
import type { Invocation } from '../invocation.ts';
import { readOptionalBakery } from './bakery.ts';
import { isAwsAtHand } from './facts.ts';
import type { Rotation } from './rotation.ts';

/** The path of a value in a whole config, as opposed to one inside a CloudFormation template. */
const OWN_CONFIG = /^(Image|HeadNode|Scheduling|LoginNodes)\b/;

/** @returns a verdict for each config that changes; live clusters are read only with AWS credentials */
export async function validateRotation(invocation: Invocation, done: Rotation): Promise<ConfigVerdict[]> {
  const { cwd, env, signal, options } = invocation;
  const isLive = isAwsAtHand(invocation) && !options.sandbox;
  const bakery = await readOptionalBakery(invocation);
  const nameOf = await clusterNames(bakery?.folder ?? cwd, bakery?.value.rotate.clusters ?? {});
  const configs = new Map<string, ConfigToValidate>();
  for (const { file, path: at, to } of done.rotated) {
    if (!OWN_CONFIG.test(at) || configs.has(file)) continue;
    const image = to === null ? undefined : done.images.get(to);
    const absolute = path.resolve(cwd, file);
    const own = done.edits.filter((edit) => edit.file === absolute);
    configs.set(file, {
      file,
      bytes: rotatedBytes(file, absolute, own).after,
      region: image?.region ?? options.region[0] ?? env['AWS_REGION'] ?? 'us-east-1',
      parallelcluster: image?.parallelcluster,
      cluster: isLive ? nameOf(absolute) : undefined,
    });
  }
  if (configs.size === 0) return [];
  if (!isLive) return validateConfigs([...configs.values()], { env, signal });
  const { openPlainCloud } = await import('../cloud.ts');
  const cloud = await openPlainCloud(invocation, bakery ? await readTrust(bakery) : []);
  try {
    const access = await cloud.aws.forChildren();
    return await validateConfigs([...configs.values()], { env, signal, access });
  } finally {
    await cloud.close();
  }
}

/** Whether pcluster would reject one of the configs. */
export function isRefused(verdicts: readonly ConfigVerdict[]): boolean {
  return verdicts.some(({ messages }) => messages.some(({ level = 'ERROR' }) => level === 'ERROR'));
}
