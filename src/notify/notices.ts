/** Owns what there is to tell after a run. Pure. */
import type { notifyOccasions } from '../config/notify-schema.ts';
import { BakeError } from '../errors/bake-error.ts';
import { periodOf, type Refresh } from '../pipeline/fingerprint.ts';
import type { ParameterEntry } from '../entries/result.ts';

export type Occasion = (typeof notifyOccasions)[number];

export interface Notice {
  occasion: Occasion;
  /** A target's label, or the name of a parameter with its Region: what the notice is about. */
  about: string;
  /** One line. */
  title: string;
  /** More lines; may be empty. */
  text: string;
}

/** A channel's parameter in a Region, and when its image was made. */
export interface Channel {
  region: string;
  name: string;
  /** null: nothing was ever published there, or the image is gone. */
  image: { id: string; createdAt: string } | null;
}

/** What a run of these targets is called, where it is not one of them that failed. */
export function runLabel(labels: readonly string[]): string {
  return `the run of ${labels.join(', ')}`;
}

/**
 * @param failed labels of the targets that did not come through
 * @param all labels of the run
 * @param errors of the whole run
 */
export function failedNotices(
  failed: readonly string[],
  all: readonly string[],
  errors: readonly BakeError[],
): Notice[] {
  const labels = failed.length === 0 && errors.length > 0 ? [runLabel(all)] : failed;
  const text = errors.map(({ code, message, hint }) => `${code}: ${gist(message)}\n${hint}`).join('\n\n');
  return labels.map((label) => ({
    occasion: 'failed',
    about: label,
    title: `${label} failed (${errors[0]?.code ?? 'unknown'})`,
    text,
  }));
}

/** What failed, without what programs printed: a topic and an issue have more readers than a log, and any secret may be in it. */
function gist(message: string): string {
  const [first = '', ...more] = message.split('\n');
  return [first.replace(/:$/, ''), ...more.filter((line) => /^ {2}[✓✗] /.test(line))].join('\n');
}

/** Channels that another program wrote while bake did: somebody should look who it was. */
export function foreignWriteNotices(errors: readonly BakeError[]): Notice[] {
  return errors
    .flatMap((error) => [error, ...(error.cause instanceof BakeError ? [error.cause] : [])])
    .filter(({ code }) => code === 'CHANNEL_MOVED')
    .map(({ code, message, hint }) => ({
      occasion: 'failed',
      about: message.split('\n')[0] ?? code,
      title: 'Another program wrote a channel while bake did',
      text: `${code}: ${gist(message)}\n${hint}`,
    }));
}

export function publishedNotices(parameters: readonly ParameterEntry[]): Notice[] {
  return parameters
    .filter(({ value, previous }) => value !== null && value !== previous)
    .map(({ region, name, value, previous }) => ({
      occasion: 'published',
      about: `${name} ${region}`,
      title: `${name} in ${region} is now ${value}`,
      text: previous === null ? 'There was none before.' : `It was ${previous}.`,
    }));
}

const DAY_MS = 86_400_000;

/**
 * Channels that missed a period, or are older than the limit. A period is missed when it went by as a whole without an
 * image: with `monthly`, one of September is late in November, not on the first of October.
 */
export function missedNotices(
  channels: readonly Channel[],
  { now, refresh, maxDays }: { now: Date; refresh: Refresh; maxDays: number },
): Notice[] {
  return channels.flatMap(({ region, name, image }): Notice[] => {
    if (image === null) return [];
    const days = Math.floor((now.getTime() - Date.parse(image.createdAt)) / DAY_MS);
    const missed = missedPeriod(new Date(image.createdAt), now, refresh);
    if (missed === undefined && days <= maxDays) return [];
    const reason = missed === undefined ? `the limit is ${maxDays}` : `${missed} went by without one`;
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

/** The last whole period before now's without an image; undefined when there was one, or none is expected. */
function missedPeriod(made: Date, now: Date, refresh: Refresh): string | undefined {
  if (refresh === 'never') return undefined;
  const before = new Date(now);
  if (refresh === 'weekly') before.setUTCDate(before.getUTCDate() - 7);
  // Day 0 is the last of the month before, of whatever length.
  else before.setUTCDate(0);
  const last = periodOf(before, refresh);
  return periodOf(made, refresh) < last ? last : undefined;
}
