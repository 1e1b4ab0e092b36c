/** Compares the package lists of two images. */
import path from 'node:path';
import { findAmis, type Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { Project } from '../pipeline/project.ts';
import { cyclonedx, sbomText } from '../sbom/cyclonedx.ts';
import { parseInventory } from '../sbom/inventory.ts';
import { diffSboms, type SbomDiff } from '../sbom/diff.ts';
import { readSbom, type SbomContent } from '../sbom/read.ts';
import { bakeIdOf, imageKey } from '../store/keys.ts';
import { readInput } from '../util/files.ts';
import { amiId } from '../util/ami-id.ts';
import type { Invocation } from './invocation.ts';
import { regionsOf } from './regions.ts';
import { openCloud, openProjectStore } from './cloud.ts';
import { openWorkplace } from './workplace.ts';
import type { Side } from '../images/diff-text.ts';

export interface ImageDiff {
  before: Side;
  after: Side;
  diff: SbomDiff;
}

/**
 * @param a AMI id, or the path of a CycloneDX file
 * @param b the same
 * @throws BakeError SBOM_MISSING, SBOM_UNREADABLE, FILE_UNREADABLE, AWS_…
 */
export async function compareImages(invocation: Invocation, a: string, b: string): Promise<ImageDiff> {
  const [before, after] = await readBoth(invocation, a, b);
  return { before, after, diff: diffSboms(before.content, after.content) };
}

/** Comparing two files needs neither bakery.yaml nor AWS. */
async function readBoth(invocation: Invocation, a: string, b: string): Promise<[Side, Side]> {
  const inFile = (name: string) => readFile(name, path.resolve(invocation.cwd, name));
  if (!amiId.test(a) && !amiId.test(b)) return [await inFile(a), await inFile(b)];
  const { project } = await openWorkplace(invocation);
  const cloud = await openCloud(invocation, project);
  try {
    const { sandbox } = invocation.options;
    const seeded = sandbox ? (await import('../sandbox/seed-packages.ts')).seededInventory : undefined;
    const read = (name: string) =>
      amiId.test(name) ? readImage(name, project, cloud.aws, seeded) : inFile(name);
    return [await read(a), await read(b)];
  } finally {
    await cloud.close();
  }
}

/** @param seeded the inventory of an image that the sandbox was seeded with */
async function readImage(
  id: string,
  project: Project,
  aws: Session,
  seeded: ((tags: Ami['tags']) => string | undefined) | undefined,
): Promise<Side> {
  const regions = regionsOf(project.jobs);
  const found = (await Promise.all(regions.map((region) => findAmis(aws, region, { ids: [id] })))).flat();
  const [image] = found as [Ami?];
  const missing = (reason: string, file?: string): BakeError =>
    new BakeError('SBOM_MISSING', { image: id, reason, file });
  if (!image) throw missing(`no such image in ${regions.join(', ')}`);
  const of = bakeIdOf(image.tags);
  if (of === undefined) throw missing('it was not baked by bake: it has no tag bakery:fingerprint');
  const store = await openProjectStore(project, aws);
  const key = imageKey(of, 'sbom');
  const file = store.uriOf(key);
  const bytes = (await store.get(key)) ?? seededSbom(image, of.fingerprint, seeded?.(image.tags));
  if (!bytes) throw missing(`${file} does not exist`, key);
  return { name: id, file, content: readSbom(bytes.toString('utf8'), id) };
}

function seededSbom(
  { id, name, region, architecture, tags }: Ami,
  fingerprint: string,
  inventory: string | undefined,
): Buffer | undefined {
  if (inventory === undefined) return undefined;
  const os = tags['parallelcluster:os'] ?? '';
  const parallelcluster = tags['parallelcluster:version'] ?? '';
  const subject = { name, fingerprint, imageId: id, region, os, arch: architecture, parallelcluster };
  return Buffer.from(sbomText(cyclonedx(parseInventory(inventory), subject)));
}

/** @throws BakeError FILE_MISSING, FILE_UNREADABLE, SBOM_UNREADABLE */
async function readFile(name: string, file: string): Promise<Side> {
  let content: SbomContent;
  try {
    content = readSbom((await readInput(file)).toString('utf8'), name);
  } catch (error) {
    if (error instanceof BakeError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new BakeError('FILE_UNREADABLE', { path: name, reason: message });
    throw new BakeError('SBOM_MISSING', { image: name, reason: 'there is no such file', file: undefined });
  }
  return { name, file, content };
}
