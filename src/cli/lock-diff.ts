/** Shows the difference between two asset locks, in the style of package managers. Pure. */
import { assetKey, type LockDiff, type LockedAsset } from '../assets/lock.ts';
import { sizeText } from '../assets/speed.ts';
import { count } from '../util/count.ts';
import { columns } from '../text/tables.ts';

/** One line for each asset, then the totals. */
export function lockDiffText({ added, changed, removed, unchanged }: LockDiff, width = Infinity): string {
  const rows = [
    ...added.map((to) => ['+', assetKey(to), version(to), size(to), digest(to), noteOf(to)]),
    ...changed.map(({ from, to }) => [
      '~',
      assetKey(to),
      ...[version, size, digest].map((say) => fromTo(say(from), say(to))),
      [whatChanged(from, to), noteOf(to)].filter(Boolean).join(' · '),
    ]),
    ...removed.map((from) => ['-', assetKey(from), version(from), size(from), digest(from), '']),
  ];
  const summary = `${added.length} added · ${changed.length} changed · ${removed.length} removed · ${unchanged} unchanged`;
  return rows.length === 0 ? summary : `${columns(rows, '', width)}\n${summary}`;
}

function fromTo(from: string, to: string): string {
  return from === to ? to : `${from} → ${to}`;
}

function version({ tag, commit, url }: LockedAsset): string {
  return tag ?? commit?.slice(0, 12) ?? new URL(url).host;
}

function size(asset: LockedAsset): string {
  return sizeText(asset.size);
}

function digest({ sha256 }: LockedAsset): string {
  return sha256.slice(0, 8);
}

/** A change that the columns do not show, such as other content under the same version. */
function whatChanged(from: LockedAsset, to: LockedAsset): string {
  if (from.asked !== to.asked) return 'another request';
  if (from.sha256 === to.sha256 || version(from) !== version(to)) return '';
  if (to.tree === undefined || from.tree === undefined) return 'other bytes under the same name';
  return from.tree === to.tree ? 'the same files, packed again' : 'other files under the same name';
}

/** The source of the digest, and the number of attestations. */
function noteOf({ kind, digestFrom, attestations = 0 }: LockedAsset): string {
  const word = {
    api: "GitHub's digest",
    sums: "the release's sums",
    'assets.yaml': 'the digest of assets.yaml',
    download: 'first download',
    bundle: 'git bundle',
  }[digestFrom];
  if (kind === 'archive') return `${word} · archives are never attested`;
  if (kind !== 'release') return word;
  return `${word} · ${attestations === 0 ? 'not attested' : count(attestations, 'attestation')}`;
}
