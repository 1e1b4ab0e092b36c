/**
 * Lists the writes that put an image into a channel in one place, in order: tags → share → protect → parameter → the image
 * that it replaces. Writes that are done already are not in the list, so a second run writes nothing. Pure.
 */
import type { Grantee } from '../aws/image-attributes.ts';
import type { Ami } from '../aws/images.ts';
import { VERIFY_TAG } from '../image/verdict.ts';
import type { Past } from './history.ts';
import { granteesOf, type ShareSettings } from './share.ts';

export const HISTORY_TAG = 'bakery:channel-history';
/** EC2: a tag value has at most 256 characters. */
const TAG_LENGTH = 256;
const DAY_MS = 86_400_000;

/** The state of a channel in one place. */
export interface ChannelPlaceFacts {
  region: string;
  /** The account of the parameter, if it is not our own. */
  account: string | null;
  /** The wanted image; null: not baked or copied yet. */
  image: Ami | null;
  past: Past;
  /** Who may launch the image, and for each snapshot, who may make volumes of it. */
  launch: string[];
  volumes: [snapshot: string, accounts: string[]][];
  snapshotTags: [snapshot: string, tags: Record<string, string>][];
  /** Our images that were or will be replaced, are in no channel and have no deprecation date. */
  leaving: string[];
}

/** The wanted state. */
export interface ChannelEntry {
  channel: string;
  /** The tags of the image in the Region where it was baked; copies and shared images do not get them (aws-parallelcluster issue 5089). */
  tags: Readonly<Record<string, string>>;
  share: ShareSettings;
  protect: boolean;
  deprecateAfterDays: number | null;
  /** The description of the new version. */
  note: string;
  /** In ISO 8601, from the clock of AWS. */
  now: string;
}

export type Write =
  | { do: 'tag'; ids: string[]; tags: Record<string, string> }
  | { do: 'share'; grantees: Grantee[] }
  | { do: 'shareSnapshot'; snapshot: string; accounts: string[] }
  /** Removes a deprecation date, because the image in a channel is never deprecated. */
  | { do: 'keep' }
  | { do: 'protect' }
  | { do: 'put'; from: string | null; version: number; note: string }
  | { do: 'deprecate'; id: string; at: string };

/** All writes for a channel that gets an image, or keeps one. */
export function writesInto(facts: ChannelPlaceFacts, wish: ChannelEntry): Write[] {
  const { image } = facts;
  if (image === null) return [];
  const put = putOf(facts, image, wish.note);
  if (facts.account !== null) return [...tagsOf(facts, image, wish, false), ...put];
  return [
    ...tagsOf(facts, image, wish, put.length > 0),
    ...sharesOf(facts, wish.share),
    ...keepOf(image),
    ...(wish.protect && !image.isProtected ? [{ do: 'protect' } as const] : []),
    ...put,
    ...deprecationsOf(facts, wish),
  ];
}

/**
 * The writes of a rollback: two at most, because a rollback is urgent. Protection is not among them. A replaced image keeps
 * the protection from when it was published, because a rollback may need it; only a person removes it. An image without
 * protection (publish.protect was off) gets it when it is published again.
 */
export function writesBack(facts: ChannelPlaceFacts, note: string): Write[] {
  const { image } = facts;
  if (image === null) return [];
  return [...(facts.account === null ? keepOf(image) : []), ...putOf(facts, image, note)];
}

function putOf({ past }: ChannelPlaceFacts, image: Ami, note: string): Write[] {
  if (past.current === image.id) return [];
  return [{ do: 'put', from: past.current, version: past.version, note }];
}

function keepOf(image: Ami): Write[] {
  return image.deprecatedAt === undefined ? [] : [{ do: 'keep' }];
}

/** Restores lost tags of the image and its snapshots, and adds the channel. */
function tagsOf(facts: ChannelPlaceFacts, image: Ami, wish: ChannelEntry, enters: boolean): Write[] {
  const lasting = Object.fromEntries(
    Object.entries(wish.tags).filter(
      ([key]) => !key.startsWith('aws:') && key !== HISTORY_TAG && key !== VERIFY_TAG,
    ),
  );
  const lacks = (tags: Readonly<Record<string, string>>): boolean =>
    Object.entries(lasting).some(([key, value]) => tags[key] !== value);
  const ids = [
    ...(lacks(image.tags) ? [image.id] : []),
    ...facts.snapshotTags.filter(([, tags]) => lacks(tags)).map(([id]) => id),
  ];
  const known = image.tags[HISTORY_TAG] ?? '';
  const history = enters ? historyWith(known, wish) : known;
  const writes: Write[] = [];
  if (ids.length > 0) writes.push({ do: 'tag', ids, tags: lasting });
  if (history !== known) writes.push({ do: 'tag', ids: [image.id], tags: { [HISTORY_TAG]: history } });
  return writes;
}

/** `candidate@2026-11-02 stable@2026-11-21`: the oldest entries are removed if the tag is full. */
function historyWith(text: string, { channel, now }: ChannelEntry): string {
  const entry = `${channel}@${now.slice(0, 10)}`;
  const entries = text.split(' ').filter((part) => part !== '');
  if (entries.at(-1) !== entry) entries.push(entry);
  while (entries.join(' ').length > TAG_LENGTH) entries.shift();
  return entries.join(' ');
}

/** Adds permissions and removes none, because others may have been granted by hand. */
function sharesOf({ launch, volumes }: ChannelPlaceFacts, share: ShareSettings): Write[] {
  const grantees = granteesOf(share).filter(({ id }) => !launch.includes(id));
  const snapshots = volumes.flatMap(([snapshot, known]): Write[] => {
    const accounts = share.accounts.filter((account) => !known.includes(account));
    return accounts.length === 0 ? [] : [{ do: 'shareSnapshot', snapshot, accounts }];
  });
  return [...(grantees.length === 0 ? [] : [{ do: 'share', grantees } as const]), ...snapshots];
}

function deprecationsOf({ leaving }: ChannelPlaceFacts, { deprecateAfterDays, now }: ChannelEntry): Write[] {
  if (deprecateAfterDays === null) return [];
  const at = new Date(Date.parse(now) + deprecateAfterDays * DAY_MS).toISOString();
  return leaving.map((id) => ({ do: 'deprecate', id, at }));
}

/** Describes the writes besides that of the parameter: `shares with 2, protects`; '' if there are none. */
export function writesText(writes: readonly Write[]): string {
  const told = {
    tag: () => 'tags it',
    share: (one) => `shares with ${one.grantees.map(({ id }) => id.split('/').at(-1)).join(', ')}`,
    shareSnapshot: () => 'shares the snapshot',
    keep: () => 'takes its deprecation date off',
    protect: () => 'protects it',
    put: () => '',
    deprecate: (one) => `deprecates ${one.id} on ${one.at.slice(0, 10)}`,
  } satisfies { [K in Write['do']]: (write: Extract<Write, { do: K }>) => string };
  const texts = writes.map((write) => (told[write.do] as (one: Write) => string)(write));
  return [...new Set(texts.filter((text) => text !== ''))].join(', ');
}
