/** Decides which notices a run sends. Pure. */
import type { notifyOccasions } from '../config/notify-schema.ts';
import { BakeError } from '../errors/bake-error.ts';
import { periodOf, type Refresh } from '../pipeline/fingerprint.ts';
import type { ParameterEntry } from '../entries/result.ts';

export type Occasion = (typeof notifyOccasions)[number];

export interface Notice {
  occasion: Occasion;
  /** The subject: the label of a target, or the name of a parameter with its Region. */
  about: string;
  /** One line. */
  title: string;
  /** More lines; may be empty. */
  text: string;
}

/** The parameter of a channel in a Region, and the date of its image. */
export interface ChannelAge {
  region: string;
  name: string;
  /** null: nothing has been published there, or the image no longer exists. */
  image: { id: string; createdAt: string } | null;
}

/** The label of a whole run, for a failure that is not that of one target. */
export function runLabel(labels: readonly string[]): string {
  return `the run of ${labels.join(', ')}`;
}

/**
 * @param failed labels of the targets that failed
 * @param all labels of all targets of the run
 * @param errors of the run
 */
export function failedNotices(
  failed: readonly string[],
  all: readonly string[],
  errors: readonly BakeError[],
): Notice[] {
  const labels = failed.length === 0 && errors.length > 0 ? [runLabel(all)] : failed;
  const text = errors
    .map(({ code, message, hint }) => `${code}: ${withoutProgramOutput(message)}\n${hint}`)
    .join('\n\n');
  return labels.map((label) => ({
    occasion: 'failed',
    about: label,
    title: `${label} failed (${errors[0]?.code ?? 'unknown'})`,
    text,
  }));
}

/** The message without the output of programs, which may contain secrets: a topic and an issue have more readers than a log. */
function withoutProgramOutput(message: string): string {
  const [first = '', ...more] = message.split('\n');
  return [first.replace(/:$/, ''), ...more.filter((line) => /^ {2}[✓✗] /.test(line))].join('\n');
}

/** Channels that another program wrote during the run, which somebody should investigate. */
export function foreignWriteNotices(errors: readonly BakeError[]): Notice[] {
  return errors
    .flatMap((error) => [error, ...(error.cause instanceof BakeError ? [error.cause] : [])])
    .filter(({ code }) => code === 'CHANNEL_MOVED')
    .map(({ code, message, hint }) => ({
      occasion: 'failed',
      about: message.split('\n')[0] ?? code,
      title: 'Another program wrote to a channel during a run of bake',
      text: `${code}: ${withoutProgramOutput(message)}\n${hint}`,
    }));
}

export function publishedNotices(parameters: readonly ParameterEntry[]): Notice[] {
  return parameters
    .filter(({ value, previous }) => value !== null && value !== previous)
    .map(({ region, name, value, previous }) => ({
      occasion: 'published',
      about: `${name} ${region}`,
      title: `${name} in ${region} is now ${value}`,
      text: previous === null ? 'The channel was empty before.' : `It was ${previous}.`,
    }));
}

const DAY_MS = 86_400_000;

/**
 * Channels that missed a period, or whose image is older than the limit. A period is missed if it passed completely without
 * a new image: with `monthly`, an image of September is late from November on, not on the first of October.
 */
export function missedNotices(
  channels: readonly ChannelAge[],
  { now, refresh, maxDays }: { now: Date; refresh: Refresh; maxDays: number },
): Notice[] {
  return channels.flatMap(({ region, name, image }): Notice[] => {
    if (image === null) return [];
    const days = Math.floor((now.getTime() - Date.parse(image.createdAt)) / DAY_MS);
    const missed = missedPeriod(new Date(image.createdAt), now, refresh);
    if (missed === undefined && days <= maxDays) return [];
    const reason = missed === undefined ? `the limit is ${maxDays} days` : `no image was made in ${missed}`;
    return [
      {
        occasion: 'missed',
        about: `${name} ${region}`,
        title: `${name} in ${region} is ${days} days old`,
        text: `${image.id} was made on ${image.createdAt.slice(0, 10)}; ${reason}.`,
      },
    ];
  });
}

/** The previous period, if it passed without an image; undefined if there was one, or none is expected. */
function missedPeriod(made: Date, now: Date, refresh: Refresh): string | undefined {
  if (refresh === 'never') return undefined;
  const before = new Date(now);
  if (refresh === 'weekly') before.setUTCDate(before.getUTCDate() - 7);
  // Day 0 is the last day of the previous month.
  else before.setUTCDate(0);
  const last = periodOf(before, refresh);
  return periodOf(made, refresh) < last ? last : undefined;
}
