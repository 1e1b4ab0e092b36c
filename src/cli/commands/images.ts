/** `bake images`: shows the images of each Region, and with --where-used the references to them. */
import type { ExitCode } from '../../errors/table.ts';
import type { ListedImage } from '../../images/list.ts';
import { reportImages } from '../../jobs/images.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import type { UsedEntry } from '../../rotate/where-used.ts';
import { table } from '../../text/tables.ts';
import { showOutcome } from '../outcome.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, args } = invocation;
  if (args[0] === 'diff') return (await import('./images-diff.ts')).diffImages(invocation);
  const { images, references, errors, now } = await reportImages(invocation);
  if (references === undefined) {
    host.result({ images }, (width) => human(images, now, width));
    return 0;
  }
  const text = (width: number) => `${human(images, now, width)}\n\n${usedText(references, width)}`;
  return showOutcome(host, errors, { images, references }, text);
}

function usedText(references: readonly UsedEntry[], width: number): string {
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
  return table(['WHERE', 'PATH', 'USES', 'STATE', 'FOLLOWS', 'STAYS BECAUSE'], rows, width);
}

function human(images: readonly ListedImage[], now: Date, width: number): string {
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
    width,
  );
}

/** `candidate: ami-…, stable: ami-…` for an image in several channels, each with its own history. */
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
