/**
 * Owns `bake images`: official and baked images per Region, with age, channel and what it replaced, and where they are
 * used; `diff` is in images-diff.ts.
 */
import path from 'node:path';
import type { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { listImages, type ListedImage } from '../../images/list.ts';
import type { Project } from '../../pipeline/project.ts';
import type { UsedEntry } from '../../rotate/where-used.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { openCloud, type Cloud } from '../../jobs/cloud.ts';
import { openWorkplace } from '../../jobs/workplace.ts';
import { showOutcome } from '../outcome.ts';
import { slowProgress } from '../../jobs/rotation/progress.ts';
import { table } from '../../text/tables.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options, args } = invocation;
  if (args[0] === 'diff') return (await import('./images-diff.ts')).diffImages(invocation);
  const { project } = await openWorkplace(
    options.whereUsed ? { ...invocation, rotate: { paths: [], folder: invocation.cwd } } : invocation,
  );
  const cloud = await openCloud(invocation, project);
  try {
    const images = await listImages(cloud.aws, project.jobs, { officialOnly: options.official });
    if (!options.whereUsed) {
      host.result({ images }, () => human(images, cloud.aws.now()));
      return 0;
    }
    const { references, errors } = await findReferences(invocation, project, cloud);
    const text = () => `${human(images, cloud.aws.now())}\n\n${usedText(references)}`;
    return showOutcome(host, errors, { images, references }, text);
  } finally {
    await cloud.close();
  }
}

/** Every reference below rotate.paths. */
async function findReferences(
  { host, signal, cwd }: Invocation,
  { jobs, rotate }: Project,
  { aws, account }: Cloud,
): Promise<{ references: UsedEntry[]; errors: BakeError[] }> {
  const { gatherRotation, planRotation } = await import('../../rotate/gather.ts');
  const { whereUsed } = await import('../../rotate/where-used.ts');
  const facts = await gatherRotation({
    aws,
    account,
    jobs,
    settings: rotate,
    published: [],
    publishedImages: [],
    whole: true,
    progress: slowProgress(host.emit, 'images', 'files read'),
    signal,
  });
  const plan = planRotation(facts);
  for (const { place } of plan.errors) {
    if (place.file !== undefined) place.file = path.relative(cwd, place.file);
  }
  const references = whereUsed(facts, plan);
  return {
    references: references.map((one) => ({ ...one, file: path.relative(cwd, one.file) })),
    errors: plan.errors,
  };
}

function usedText(references: readonly UsedEntry[]): string {
  if (references.length === 0) return 'no references below rotate.paths';
  const rows = references.map(({ file, line, path: at, found, state, parameter, current, reason }) => [
    `${file}:${line}`,
    at,
    found,
    state,
    parameter === null
      ? '-'
      : `${parameter}${current === null || state === 'current' ? '' : ` = ${current}`}`,
    reason ?? '',
  ]);
  return table(['WHERE', 'PATH', 'USES', 'STATE', 'FOLLOWS', 'STAYS BECAUSE'], rows);
}

function human(images: readonly ListedImage[], now: Date): string {
  if (images.length === 0) return 'no images';
  return table(
    ['REGION', 'OS', 'ARCH', 'PARALLELCLUSTER', 'KIND', 'IMAGE', 'AGE', 'CHANNEL', 'PREVIOUS', 'STATE'],
    images.map((image) => [
      image.region,
      image.os,
      image.arch,
      image.parallelcluster,
      image.kind,
      image.imageId,
      `${Math.max(0, Math.floor((now.getTime() - Date.parse(image.createdAt)) / 86_400_000))}d`,
      image.channel ?? '-',
      previousOf(image),
      stateOf(image),
    ]),
  );
}

/** `candidate: ami-…, stable: ami-…` where it stands in more than one channel: each goes back to its own. */
function previousOf({ channels }: ListedImage): string {
  if (channels.length < 2) return channels[0]?.previous ?? '-';
  return channels.map(({ channel, previous }) => `${channel}: ${previous ?? '-'}`).join(', ');
}

/** `available, protected, deprecated from 2027-02-19` */
function stateOf({ state, protected: isProtected, deprecatedAt, kind }: ListedImage): string {
  const ahead = kind !== 'official' && deprecatedAt !== null && state !== 'deprecated';
  return [
    state,
    ...(isProtected ? ['protected'] : []),
    ...(ahead ? [`deprecated from ${deprecatedAt.slice(0, 10)}`] : []),
  ].join(', ');
}
