/** Owns --validate: the rotated configs before the real pcluster, and what it says of them. */
import fs from 'node:fs';
import path from 'node:path';
import { clusterNames } from '../../cluster/names.ts';
import { loadBakery, type Located } from '../../config/load.ts';
import type { Bakery } from '../../config/schema.ts';
import { readTrust } from '../../config/trust.ts';
import { validateConfigs, type Candidate, type Verdict } from '../../programs/pcluster.ts';
import { rotatedBytes } from '../../rotate/apply.ts';
import type { Invocation } from '../command.ts';
import { columns } from '../tables.ts';
import { isAwsAtHand } from './facts.ts';
import type { Rotation } from './rotation.ts';

/** From the top of a file: a whole config, and no part of a CloudFormation template. */
const OWN_CONFIG = /^(Image|HeadNode|Scheduling|LoginNodes)\b/;

/** A verdict for each config that changes; clusters are asked about only where AWS is at hand. */
export async function validateRotation(invocation: Invocation, done: Rotation): Promise<Verdict[]> {
  const { cwd, env, signal, options } = invocation;
  const isLive = isAwsAtHand(invocation) && !options.sandbox;
  const bakery = await bakeryOf(invocation);
  const nameOf = await clusterNames(bakery?.folder ?? cwd, bakery?.value.rotate.clusters ?? {});
  const configs = new Map<string, Candidate>();
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
  const { openPlainCloud } = await import('../compose.ts');
  const cloud = await openPlainCloud(invocation, bakery ? await readTrust(bakery) : []);
  try {
    const access = await cloud.aws.forChildren();
    return await validateConfigs([...configs.values()], { env, signal, access });
  } finally {
    await cloud.close();
  }
}

async function bakeryOf({ options, cwd, env }: Invocation): Promise<Located<Bakery> | undefined> {
  const file = path.resolve(cwd, options.config);
  return fs.existsSync(file) ? loadBakery(file, env) : undefined;
}

/** Whether pcluster would refuse one of them outright. */
export function isRefused(verdicts: readonly Verdict[]): boolean {
  return verdicts.some(({ messages }) => messages.some(({ level = 'ERROR' }) => level === 'ERROR'));
}

export function validatedText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.flatMap(({ file, pcluster, releaseUnknown, skipped, messages, update }) => {
    const by = pcluster === undefined ? '' : `pcluster ${pcluster}`;
    const said = messages.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
    const first =
      skipped === undefined
        ? said.length === 0
          ? ['its schema takes it']
          : said
        : [`not validated: ${skipped}`];
    const live = update
      ? [
          `${update.cluster}: ${update.accepted ? 'the update would be taken' : `the update would be refused: ${update.message}`}`,
          ...update.changes.map(
            ({ path: at, refusal }) => `  ${at}${refusal === undefined ? '' : `: ${refusal}`}`,
          ),
          ...update.messages.map(({ message }) => `  ${message}`),
        ]
      : [];
    const own = releaseUnknown
      ? [
          `judged by the first pcluster on PATH: the cluster's own release is not known, and may say otherwise`,
        ]
      : [];
    return [...first, ...own, ...live].map((text, at) => (at === 0 ? [file, by, text] : ['', '', text]));
  });
  return rows.length === 0 ? 'no cluster config to validate' : `Validated\n${columns(rows, '  ')}`;
}
