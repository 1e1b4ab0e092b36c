/** Resolves each request of assets.yaml to one exact URL, commit, size and digest. */
import path from 'node:path';
import pLimit from 'p-limit';
import { writeFileAtomic } from '../util/files.ts';
import { attestationPath } from './attestations.ts';
import { archiveTreeDigest } from './archive/tree-digest.ts';
import {
  fetchAttestations,
  fetchCommit,
  getSmall,
  fetchRelease,
  type GitHubApi,
  type Release,
} from './github.ts';
import type { GitRunner } from './git.ts';
import type { LockedAsset } from './lock.ts';
import { contentPath } from './paths.ts';
import { digestIn, sumsFileOf } from './sums.ts';
import { downloadFirstTime } from './first-download.ts';
import { assetError, AssetError, type AssetProblem } from './asset-error.ts';
import type { RequestedAsset } from './requested.ts';

export interface ResolveContext {
  api: GitHubApi;
  /** Absolute. */
  store: string;
  git: GitRunner;
  /** Milliseconds before the first retry; doubled for each. */
  backoff: number;
  signal: AbortSignal;
  /** Called with the size of each piece of a first download. */
  onBytes: (count: number) => void;
  onResolved(name: string): void;
}

export type Resolution = { locked: LockedAsset } | { requested: RequestedAsset; problem: AssetProblem };

/** GitHub's secondary rate limits count concurrent requests. */
const CONCURRENT_REQUESTS = 6;

/** Resolves each request on its own: a failure does not stop the others. */
export async function resolveAll(
  requested: readonly RequestedAsset[],
  context: ResolveContext,
): Promise<Resolution[]> {
  const limit = pLimit(CONCURRENT_REQUESTS);
  const releases = new Map<string, Promise<Release>>();
  const resolved = requested.map((one) =>
    limit(async (): Promise<Resolution> => {
      try {
        const locked = await resolveOne(one, context, releases);
        context.onResolved(one.name);
        return { locked };
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof AssetError) return { requested: one, problem: error.problem };
        throw error;
      }
    }),
  );
  return Promise.all(resolved);
}

type Releases = Map<string, Promise<Release>>;

async function resolveOne(
  requested: RequestedAsset,
  context: ResolveContext,
  releases: Releases,
): Promise<LockedAsset> {
  const { name, entry } = requested;
  const { api } = context;
  const base = {
    name,
    ...(requested.arch && { arch: requested.arch }),
    kind: requested.kind,
    asked: requested.asked,
  };
  if (entry.release) return resolveRelease(requested, base, context, releases);
  if (entry.git) {
    const { repo, ref } = entry.git;
    const commit = await fetchCommit(api, name, repo, ref);
    const url = `${api.github.web}/${repo}/bundle/${commit}.bundle`;
    const made = await context.git.bundle({ name, remote: `${api.github.web}/${repo}.git`, ref, commit });
    return { ...base, url, commit, ...made, digestFrom: 'bundle' };
  }
  if (entry.archive) {
    const { repo, ref } = entry.archive;
    const commit = await fetchCommit(api, name, repo, ref);
    const url = `${api.github.web}/${repo}/archive/${commit}.tar.gz`;
    const got = await downloadDigest(requested, url, context);
    const tree = await archiveTreeDigest(path.join(context.store, contentPath(got.sha256)), name);
    return { ...base, url, commit, ...got, tree };
  }
  if (entry.raw) {
    const { repo, ref, file } = entry.raw;
    const commit = await fetchCommit(api, name, repo, ref);
    const url = api.github.raw(repo, commit, file.split('/').map(encodeURIComponent).join('/'));
    return { ...base, url, commit, ...(await downloadDigest(requested, url, context)) };
  }
  return {
    ...base,
    url: entry.url as string,
    ...(await downloadDigest(requested, entry.url as string, context)),
  };
}

type Base = Pick<LockedAsset, 'name' | 'arch' | 'kind' | 'asked'>;

async function resolveRelease(
  requested: RequestedAsset,
  base: Base,
  context: ResolveContext,
  releases: Releases,
): Promise<LockedAsset> {
  const { name, entry } = requested;
  const { api } = context;
  const { repo, tag } = entry.release as NonNullable<typeof entry.release>;
  const key = `${repo} ${tag}`;
  const release = await (releases.get(key) ?? remember(releases, key, fetchRelease(api, name, repo, tag)));
  const asset = findReleaseFile(requested, release);
  const url = `${api.github.web}/${repo}/releases/download/${encodeURIComponent(release.tag_name)}/${encodeURIComponent(asset.name)}`;
  const latest = `${api.github.web}/${repo}/releases/latest/download/${encodeURIComponent(asset.name)}`;
  const found = {
    ...base,
    url,
    ...(tag === 'latest' && { also: [latest] }),
    tag: release.tag_name,
    ...(sameHost(asset.url, api.github.api) && { api: asset.url }),
  };
  const known = await knownDigest(requested, release, asset, context);
  const got = known ?? (await downloadDigest(requested, url, context, { api: found.api, size: asset.size }));
  checkRequestedDigest(requested, url, got.sha256);
  const text = await fetchAttestations(api, name, repo, got.sha256);
  if (text !== '') await writeFileAtomic(path.join(context.store, attestationPath(got.sha256)), text);
  const count = text.split('\n').length - 1;
  return { ...found, ...got, ...(count > 0 && { attestations: count }) };
}

function remember(releases: Releases, key: string, asked: Promise<Release>): Promise<Release> {
  releases.set(key, asked);
  return asked;
}

function sameHost(a: string, b: string): boolean {
  return URL.canParse(a) && new URL(a).host === new URL(b).host;
}

function findReleaseFile(
  requested: RequestedAsset,
  { assets, tag_name: tag }: Release,
): Release['assets'][number] {
  // asked contains the architecture's word already: `release O/R TAG FILE [sums=…]`.
  const file = (requested.asked.split(' ')[3] as string)
    .replaceAll('{tag}', tag)
    .replaceAll('{version}', tag.replace(/^v(?=\d)/, ''));
  const pattern = file.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const names = new RegExp(`^${pattern.join('.*')}$`);
  const found = assets.filter((asset) => names.test(asset.name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const all = (found.length > 0 ? found : assets).map((asset) => asset.name);
  throw assetError('ASSET_AMBIGUOUS', {
    name: requested.name,
    asked: file,
    found: found.length === 0 ? all : all,
  });
}

interface Digested {
  size: number;
  sha256: string;
  digestFrom: LockedAsset['digestFrom'];
}

/** Returns the digest without a download: GitHub's own, or that of the release's file of sums. */
async function knownDigest(
  { entry, name }: RequestedAsset,
  release: Release,
  asset: Release['assets'][number],
  { api }: ResolveContext,
): Promise<Digested | undefined> {
  const { size } = asset;
  const own = /^sha256:([0-9a-f]{64})$/.exec(asset.digest ?? '')?.[1];
  if (own !== undefined) return { size, sha256: own, digestFrom: 'api' };
  const names = release.assets.map((one) => one.name);
  const sumsName = entry.release?.sums ?? sumsFileOf(asset.name, names);
  const sums = release.assets.find((one) => one.name === sumsName);
  if (sums === undefined) return undefined;
  const text = await getSmall(api.client, { name, url: sums.browser_download_url }, 4 * 1024 * 1024);
  const digest = digestIn(text.toString('utf8'), asset.name);
  return digest === undefined ? undefined : { size, sha256: digest, digestFrom: 'sums' };
}

/** Compares with the digest in assets.yaml, where it has one. */
function checkRequestedDigest({ name, entry }: RequestedAsset, url: string, found: string): void {
  if (entry.sha256 === undefined || entry.sha256 === found) return;
  throw assetError('ASSET_CHANGED', { name, url, expected: entry.sha256, found, sameTree: false });
}

/** Trusts the first download where assets.yaml has no digest. */
async function downloadDigest(
  requested: RequestedAsset,
  url: string,
  { store, api: { client }, backoff, signal, onBytes }: ResolveContext,
  more: { api?: string | undefined; size?: number } = {},
): Promise<Digested> {
  const first = { name: requested.name, url, ...more };
  const got = await downloadFirstTime(first, { store, client, backoff, signal, onBytes }, (digest) =>
    checkRequestedDigest(requested, url, digest),
  );
  return { ...got, digestFrom: requested.entry.sha256 === undefined ? 'download' : 'assets.yaml' };
}
