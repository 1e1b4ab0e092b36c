/** Owns resolving: what assets.yaml asks for → one exact address, commit, size and digest. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { writeFileAtomic } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { treeOfArchive } from './archive/tree.ts';
import { attestationsOf, commitOf, readSmall, releaseOf, type Api, type Release } from './github.ts';
import type { GitRunner } from './git.ts';
import { open } from './http.ts';
import type { LockedAsset } from './lock.ts';
import { contentPath } from './paths.ts';
import { digestIn, sumsFileOf } from './sums.ts';
import { trouble, Troubled, type Trouble } from './trouble.ts';
import type { WantedAsset } from './wanted.ts';

export interface Resolving {
  api: Api;
  /** Absolute. */
  store: string;
  git: GitRunner;
  onResolved(name: string): void;
}

export type Resolved = { locked: LockedAsset } | { wanted: WantedAsset; trouble: Trouble };

/** GitHub's secondary limits mind many requests at a time. */
const AT_A_TIME = 6;

/** Each by itself: one that fails does not stop the others. */
export async function resolveAll(wanted: readonly WantedAsset[], around: Resolving): Promise<Resolved[]> {
  const limit = pLimit(AT_A_TIME);
  const releases = new Map<string, Promise<Release>>();
  const resolved = wanted.map((one) =>
    limit(async (): Promise<Resolved> => {
      try {
        const locked = await resolveOne(one, around, releases);
        around.onResolved(one.name);
        return { locked };
      } catch (error) {
        if (error instanceof Troubled) return { wanted: one, trouble: error.trouble };
        throw error;
      }
    }),
  );
  return Promise.all(resolved);
}

type Releases = Map<string, Promise<Release>>;

async function resolveOne(wanted: WantedAsset, around: Resolving, releases: Releases): Promise<LockedAsset> {
  const { name, entry } = wanted;
  const { api } = around;
  const base = { name, ...(wanted.arch && { arch: wanted.arch }), kind: wanted.kind, asked: wanted.asked };
  if (entry.release) return resolveRelease(wanted, base, around, releases);
  if (entry.git) {
    const { repo, ref } = entry.git;
    const commit = await commitOf(api, name, repo, ref);
    const url = `${api.github.web}/${repo}/bundle/${commit}.bundle`;
    const made = await around.git.bundle({ name, remote: `${api.github.web}/${repo}.git`, ref, commit });
    return { ...base, url, commit, ...made, digestFrom: 'bundle' };
  }
  if (entry.archive) {
    const { repo, ref } = entry.archive;
    const commit = await commitOf(api, name, repo, ref);
    const url = `${api.github.web}/${repo}/archive/${commit}.tar.gz`;
    const got = await firstDownload(wanted, url, around);
    const tree = await treeOfArchive(path.join(around.store, contentPath(got.sha256)), name);
    return { ...base, url, commit, ...got, tree };
  }
  if (entry.raw) {
    const { repo, ref, file } = entry.raw;
    const commit = await commitOf(api, name, repo, ref);
    const url = api.github.raw(repo, commit, file.split('/').map(encodeURIComponent).join('/'));
    return { ...base, url, commit, ...(await firstDownload(wanted, url, around)) };
  }
  return { ...base, url: entry.url as string, ...(await firstDownload(wanted, entry.url as string, around)) };
}

type Base = Pick<LockedAsset, 'name' | 'arch' | 'kind' | 'asked'>;

async function resolveRelease(
  wanted: WantedAsset,
  base: Base,
  around: Resolving,
  releases: Releases,
): Promise<LockedAsset> {
  const { name, entry } = wanted;
  const { api } = around;
  const { repo, tag } = entry.release as NonNullable<typeof entry.release>;
  const key = `${repo} ${tag}`;
  const release = await (releases.get(key) ?? remember(releases, key, releaseOf(api, name, repo, tag)));
  const asset = theFile(wanted, release);
  const url = `${api.github.web}/${repo}/releases/download/${encodeURIComponent(release.tag_name)}/${encodeURIComponent(asset.name)}`;
  const latest = `${api.github.web}/${repo}/releases/latest/download/${encodeURIComponent(asset.name)}`;
  const found = {
    ...base,
    url,
    ...(tag === 'latest' && { also: [latest] }),
    tag: release.tag_name,
    ...(sameHost(asset.url, api.github.api) && { api: asset.url }),
  };
  const known = await knownDigest(wanted, release, asset, around);
  const got = known ?? (await firstDownload(wanted, url, around, found.api));
  check(wanted, url, got.sha256);
  const text = await attestationsOf(api, name, repo, got.sha256);
  if (text !== '')
    await writeFileAtomic(path.join(around.store, 'attestations', `${got.sha256}.jsonl`), text);
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

function theFile(wanted: WantedAsset, { assets, tag_name: tag }: Release): Release['assets'][number] {
  // asked has the architecture's word in it already: `release O/R TAG FILE [sums=…]`.
  const file = (wanted.asked.split(' ')[3] as string)
    .replaceAll('{tag}', tag)
    .replaceAll('{version}', tag.replace(/^v(?=\d)/, ''));
  const pattern = file.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const names = new RegExp(`^${pattern.join('.*')}$`);
  const found = assets.filter((asset) => names.test(asset.name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const all = (found.length > 0 ? found : assets).map((asset) => asset.name);
  throw trouble('ASSET_AMBIGUOUS', { name: wanted.name, asked: file, found: found.length === 0 ? all : all });
}

interface Digested {
  size: number;
  sha256: string;
  digestFrom: LockedAsset['digestFrom'];
}

/** Without a download: GitHub's own digest, or the release's file of sums. */
async function knownDigest(
  { entry, name }: WantedAsset,
  release: Release,
  asset: Release['assets'][number],
  { api }: Resolving,
): Promise<Digested | undefined> {
  const { size } = asset;
  const own = /^sha256:([0-9a-f]{64})$/.exec(asset.digest ?? '')?.[1];
  if (own !== undefined) return { size, sha256: own, digestFrom: 'api' };
  const names = release.assets.map((one) => one.name);
  const wantedSums = entry.release?.sums ?? sumsFileOf(asset.name, names);
  const sums = release.assets.find((one) => one.name === wantedSums);
  if (sums === undefined) return undefined;
  const text = await readSmall(api.net, { name, url: sums.browser_download_url }, 4 * 1024 * 1024);
  const digest = digestIn(text.toString('utf8'), asset.name);
  return digest === undefined ? undefined : { size, sha256: digest, digestFrom: 'sums' };
}

/** What assets.yaml says must be what there is. */
function check({ name, entry }: WantedAsset, url: string, found: string): void {
  if (entry.sha256 === undefined || entry.sha256 === found) return;
  throw trouble('ASSET_CHANGED', { name, url, expected: entry.sha256, found, sameTree: false });
}

/** Trust on first use: the file goes into the store under the digest it turns out to have. */
async function firstDownload(
  wanted: WantedAsset,
  url: string,
  around: Resolving,
  api?: string,
): Promise<Digested> {
  const { name, entry } = wanted;
  const temp = path.join(around.store, 'partial', `first-${sha256(url)}`);
  await fs.promises.mkdir(path.dirname(temp), { recursive: true });
  try {
    const got = await toFile(temp, wanted, url, around, api);
    check(wanted, url, got.sha256);
    const final = path.join(around.store, contentPath(got.sha256));
    await fs.promises.mkdir(path.dirname(final), { recursive: true });
    await fs.promises.rename(temp, final);
    return { ...got, digestFrom: entry.sha256 === undefined ? 'download' : 'assets.yaml' };
  } finally {
    await fs.promises.rm(temp, { force: true });
    void name;
  }
}

async function toFile(
  temp: string,
  { name }: WantedAsset,
  url: string,
  { api: { net } }: Resolving,
  api: string | undefined,
): Promise<{ size: number; sha256: string }> {
  let authorized = false;
  for (let tries = 1; ;) {
    try {
      return await stream(temp, net, { name, url: authorized ? (api ?? url) : url, authorized });
    } catch (error) {
      if (!(error instanceof Troubled)) throw error;
      if (error.trouble.code === 'ASSET_NOT_FOUND' && !authorized && net.token !== undefined) {
        authorized = true;
        continue;
      }
      tries += 1;
      if (!error.trouble.passing || tries > 3) throw error;
    }
  }
}

async function stream(
  temp: string,
  net: Resolving['api']['net'],
  wanted: { name: string; url: string; authorized: boolean },
): Promise<{ size: number; sha256: string }> {
  const headers = { accept: 'application/octet-stream' };
  const { response } = await open(net, { ...wanted, headers });
  const hash = createHash('sha256');
  let size = 0;
  let since = 0;
  const handle = await fs.promises.open(temp, 'w');
  const watch = setInterval(() => {
    const context = { url: wanted.url, seconds: net.stallSeconds, bytes: since };
    if (since < 16 * 1024) response.destroy(trouble('ASSET_STALLED', context, true));
    since = 0;
  }, net.stallSeconds * 1000);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await handle.write(chunk);
      size += chunk.length;
      since += chunk.length;
    }
    await handle.sync();
  } catch (error) {
    if (error instanceof Troubled) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
    throw trouble('ASSET_UNREACHABLE', { host: new URL(wanted.url).host, reason: message }, true);
  } finally {
    clearInterval(watch);
    await handle.close();
  }
  return { size, sha256: hash.digest('hex') };
}
