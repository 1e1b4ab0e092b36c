/** Lists the images of the selected targets, and with --where-used the references to images in files. */
import path from 'node:path';
import type { BakeError } from '../errors/bake-error.ts';
import { listAccountImages, type ListedImage } from '../images/list.ts';
import type { Project } from '../pipeline/project.ts';
import type { UsedEntry } from '../rotate/where-used.ts';
import { openCloud, type Cloud } from './cloud.ts';
import { enginesOf } from './engines.ts';
import type { Invocation } from './invocation.ts';
import { slowProgress } from './rotation/progress.ts';
import { openWorkplace } from './workplace.ts';

export interface ImageReport {
  images: ListedImage[];
  /** undefined: without --where-used. */
  references: UsedEntry[] | undefined;
  /** Files that could not be read. */
  errors: BakeError[];
  /** The time according to AWS. */
  now: Date;
}

/** @throws BakeError AWS_…; the errors of bakery.yaml */
export async function reportImages(invocation: Invocation): Promise<ImageReport> {
  const { options, cwd } = invocation;
  const { project } = await openWorkplace(
    options.whereUsed ? { ...invocation, rotate: { paths: [], folder: cwd } } : invocation,
  );
  const cloud = await openCloud(invocation, project);
  try {
    const images = await listAccountImages(cloud.aws, project.jobs, {
      officialOnly: options.official,
      engines: await enginesOf(invocation),
    });
    const used = options.whereUsed
      ? await findUses(invocation, project, cloud)
      : { references: undefined, errors: [] };
    return { images, ...used, now: cloud.aws.now() };
  } finally {
    await cloud.close();
  }
}

/** Finds every reference to an image below rotate.paths. */
async function findUses(
  { host, signal, cwd }: Invocation,
  { jobs, rotate }: Project,
  { aws, account }: Cloud,
): Promise<{ references: UsedEntry[]; errors: BakeError[] }> {
  const { gatherRotation, planRotation } = await import('../rotate/gather.ts');
  const { whereUsed } = await import('../rotate/where-used.ts');
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
