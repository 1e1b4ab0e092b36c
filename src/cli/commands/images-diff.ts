/** Owns `bake images diff A B`: what differs between the package lists of two images. */
import path from 'node:path';
import { findAmis, type Ami } from '../../aws/images.ts';
import type { Session } from '../../aws/session.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { Project } from '../../pipeline/project.ts';
import { diffSboms, type SbomDiff } from '../../sbom/diff.ts';
import { readSbom, type SbomContent } from '../../sbom/read.ts';
import { bakeIdOf, imageKey } from '../../store/keys.ts';
import { readInput } from '../../util/files.ts';
import { amiId } from '../../util/ami-id.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { openCloud, openProjectStore } from '../../jobs/cloud.ts';
import { openWorkplace } from '../../jobs/workplace.ts';
import { formatDiff, isDiffFormat, type Side } from '../../images/diff-text.ts';

/** Exit 0: a difference is no failure. @throws BakeError USAGE, SBOM_MISSING, SBOM_UNREADABLE */
export async function diffImages(invocation: Invocation): Promise<0> {
  const { host, options, args } = invocation;
  const [, a, b] = args;
  if (a === undefined || b === undefined) {
    const message = 'images diff takes two images: AMI ids, or paths of CycloneDX files';
    throw new BakeError('USAGE', { message, command: 'images' });
  }
  const format = options.format ?? 'table';
  if (!isDiffFormat(format)) {
    const message = `--format: expected table or markdown, found ${format}`;
    throw new BakeError('USAGE', { message, command: 'images' });
  }
  const [before, after] = await readBoth(invocation, a, b);
  const diff = diffSboms(before.content, after.content);
  host.result({ diff: toJson(before, after, diff) }, () => formatDiff(format, before, after, diff));
  return 0;
}

/** Files need neither bakery.yaml nor AWS. */
async function readBoth(invocation: Invocation, a: string, b: string): Promise<[Side, Side]> {
  const inFile = (name: string) => readFile(name, path.resolve(invocation.cwd, name));
  if (!amiId.test(a) && !amiId.test(b)) return [await inFile(a), await inFile(b)];
  const { project } = await openWorkplace(invocation);
  const cloud = await openCloud(invocation, project);
  try {
    const read = (name: string) => (amiId.test(name) ? readImage(name, project, cloud.aws) : inFile(name));
    return [await read(a), await read(b)];
  } finally {
    await cloud.close();
  }
}

async function readImage(id: string, project: Project, aws: Session): Promise<Side> {
  const regions = [...new Set(project.jobs.flatMap(({ target }) => target.regions))];
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
  const bytes = await store.get(key);
  if (!bytes) throw missing(`${file} is not there`, key);
  return { name: id, file, content: readSbom(bytes.toString('utf8'), id) };
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

function toJson(a: Side, b: Side, diff: SbomDiff): object {
  const side = ({ name, file, content }: Side) => ({
    image: name,
    file,
    name: content.name,
    imageId: content.imageId,
    fingerprint: content.fingerprint,
    complete: content.complete,
  });
  return { a: side(a), b: side(b), ...diff };
}
