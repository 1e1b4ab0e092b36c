/** Owns `bake images`: official and baked images per Region, with age, channel and what it replaced; `diff` is in images-diff.ts. */
import type { ExitCode } from '../../errors/table.ts';
import { listImages, type ListedImage } from '../../publish/list.ts';
import type { Invocation } from '../command.ts';
import { openCloud, openWorkplace } from '../compose.ts';
import { table } from '../tables.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options, args } = invocation;
  if (args[0] === 'diff') return (await import('./images-diff.ts')).diffImages(invocation);
  const { project } = await openWorkplace(invocation);
  const cloud = await openCloud(invocation, project);
  try {
    const images = await listImages(cloud.aws, project.jobs, { officialOnly: options.official });
    host.result({ images }, () => human(images, cloud.aws.now()));
    return 0;
  } finally {
    await cloud.close();
  }
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
