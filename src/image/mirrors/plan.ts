/** Plans the repositories of an OS: the URL of each one on the mirror, or that it is switched off. */
import { BakeError, collectErrors, throwAll } from '../../errors/bake-error.ts';
import { operatingSystems } from '../../os/index.ts';
import type { Os, PackageRepository } from '../../os/os.ts';
import { sha256 } from '../../util/sha256.ts';
import type { MirrorInputs, ProxyInputs } from '../inputs.ts';
import { refused } from '../refuse.ts';
import { keyFile, type KeyFile } from './keys.ts';
import { layouts } from './layouts.ts';
import { encodePath, mirrorUrl, urlOrigin } from './urls.ts';

export interface MirroredRepository {
  /** A final `*` matches every id with that prefix; `*` in `url` is then the rest of the id. */
  id: string;
  action: 'mirror' | 'off';
  /** On the mirror even if it is off, so that switching it on again does not reach the public one. No final slash. */
  url: string;
  /** apt: an extended regular expression that matches its URIs. */
  uri: string;
  /** Its own key, as a file to write. */
  key: KeyFile | undefined;
  /** Fetched through the proxy of bakery.yaml. */
  proxied: boolean;
}

export interface MirrorPlan {
  repositories: MirroredRepository[];
  /** The URL that repositories get that neither the OS nor bakery.yaml names. */
  otherUrl: string;
  /** scheme://host[:port]/ of everything that may be contacted. */
  origins: string[];
}

/**
 * Plans each repository of an OS.
 * @throws BakeError MIRROR_LAYOUT, MIRROR_CREDENTIALS, MIRROR_KEY, CONFIG_VALUE
 */
export function planMirrors(os: Os, mirrors: MirrorInputs, proxy?: ProxyInputs): MirrorPlan {
  const root = mirrorUrl(mirrors.url, ['mirrors', 'url']);
  const errors = checkPaths(os, mirrors);
  const repositories = repositoriesOf(os, mirrors).flatMap(
    (repository) => collectErrors(() => mirrored(os, mirrors, root, repository), errors) ?? [],
  );
  throwAll(errors);
  shareKeys(repositories);
  requireKeys(os, mirrors, repositories);
  for (const id of proxy?.repos ?? []) markProxied(repositories, id, mirrors);
  const origins = [root, ...repositories.map(({ url }) => url)].map(urlOrigin);
  return { repositories, otherUrl: `${root}/not-mirrored`, origins: [...new Set(origins)] };
}

/** Reports repositories without a path. */
function checkPaths(os: Os, mirrors: MirrorInputs): BakeError[] {
  if (layouts[mirrors.layout]) return [];
  const repos = repositoriesOf(os, mirrors)
    .map(({ id }) => id)
    .filter((id) => mirrors.repos[id]?.path === undefined && mirrors.repos[id]?.enabled !== false);
  if (repos.length === 0) return [];
  return [new BakeError('MIRROR_LAYOUT', { os: os.id, repos }, { at: ['mirrors', 'repos'] })];
}

/** The repositories of the OS, then the user's own, which only dnf supports: apt's repositories have no ids. */
function repositoriesOf(os: Os, mirrors: MirrorInputs): PackageRepository[] {
  const known = os.repositories.filter(({ id }) => !isPattern(id) || hasPath(mirrors, id));
  const ids = new Set(os.repositories.map(({ id }) => id));
  const own = Object.keys(mirrors.repos)
    .filter((id) => os.family === 'rhel' && !ids.has(id) && /^[^\s[\]]+$/.test(id))
    .flatMap((id): PackageRepository[] => {
      const pattern = os.repositories.find((one) => isPattern(one.id) && id.startsWith(one.id.slice(0, -1)));
      if (pattern) return [fillIn(pattern, id)];
      return mirrors.repos[id]?.path === undefined ? [] : [{ id, file: '', upstream: id }];
    });
  return [...known, ...own];
}

function isPattern(id: string): boolean {
  return id.endsWith('*');
}

/** Layout custom has no paths, so ids that bakery.yaml does not name stay off. */
function hasPath({ layout, repos }: MirrorInputs, id: string): boolean {
  return layouts[layout] !== undefined || repos[id]?.path !== undefined;
}

function fillIn(pattern: PackageRepository, id: string): PackageRepository {
  const rest = id.slice(pattern.id.length - 1);
  return { id, file: pattern.file, upstream: pattern.upstream.replace('*', () => rest) };
}

function mirrored(
  os: Os,
  mirrors: MirrorInputs,
  root: string,
  repository: PackageRepository,
): MirroredRepository {
  const { id } = repository;
  const settings = mirrors.repos[id];
  const off = settings?.enabled === false;
  return {
    id,
    action: off ? 'off' : 'mirror',
    url:
      off && settings.path === undefined
        ? `${root}/not-mirrored/${id}`
        : urlOf(os, mirrors, root, repository),
    uri: (repository.uris ?? []).join('|'),
    key: settings?.gpgKey && keyFile(os, id, settings.gpgKey),
    proxied: false,
  };
}

function urlOf(os: Os, mirrors: MirrorInputs, root: string, { id, upstream }: PackageRepository): string {
  const path = mirrors.repos[id]?.path;
  if (path !== undefined) {
    if (/^https?:\/\//.test(path)) return mirrorUrl(path, ['mirrors', 'repos', id, 'path']);
    return `${root}/${encodePath(path).replace(/^\/+|\/+$/g, '')}`;
  }
  const layout = layouts[mirrors.layout];
  // checkPaths reports all such repositories at once.
  if (!layout) return root;
  const below = layout.path[os.family].replace('{id}', () => id).replace('{upstream}', () => upstream);
  // If the root already ends in the layout's own folder, the folder is not added again.
  const folder = /^\/[^/{]+/.exec(below)?.[0];
  return folder !== undefined && root.endsWith(folder) ? root + below.slice(folder.length) : root + below;
}

/** Repositories with the same key share one file, so that a step does not contain it a dozen times. */
function shareKeys(repositories: MirroredRepository[]): void {
  const known = new Map<string, KeyFile>();
  for (const repository of repositories) {
    if (repository.key === undefined) continue;
    const digest = sha256(repository.key.content);
    repository.key = known.get(digest) ?? repository.key;
    known.set(digest, repository.key);
  }
}

/**
 * A mirror that signs repositories again usually has one key. A repository without a key of its own takes the first key
 * that bakery.yaml names. Without any key, apt would refuse every package in the middle of the bake.
 */
function requireKeys(os: Os, mirrors: MirrorInputs, repositories: MirroredRepository[]): void {
  if (os.family !== 'debian' || layouts[mirrors.layout]?.resigns !== true) return;
  const keyless = repositories.filter(({ action, key }) => action === 'mirror' && key === undefined);
  const shared = repositories.find(({ key }) => key !== undefined)?.key;
  for (const repository of keyless) repository.key = shared;
  const [first] = keyless;
  if (!first || shared) return;
  const reason = `layout ${mirrors.layout} signs repositories with its own key, which the image does not have`;
  throw new BakeError(
    'MIRROR_KEY',
    { repo: first.id, reason },
    { at: ['mirrors', 'repos', first.id, 'gpgKey'] },
  );
}

/**
 * Ignores ids of other OSes and ids that `mirrors.repos` names: they may be meant for another target of bakery.yaml.
 */
function markProxied(repositories: readonly MirroredRepository[], id: string, mirrors: MirrorInputs): void {
  const found = repositories.filter((one) => one.id === id);
  for (const repository of found) repository.proxied = true;
  const elsewhere = operatingSystems.some((os) => os.repositories.some((one) => one.id === id));
  if (found.length > 0 || elsewhere || Object.hasOwn(mirrors.repos, id)) return;
  const known = repositories.map((one) => one.id).join(', ');
  throw refused(['proxy', 'for'], `a tool, or a repository id (${known})`, id, id);
}

/** One file for each key, even if several repositories share it. */
export function keysOf(plan: MirrorPlan): KeyFile[] {
  const keys = plan.repositories.flatMap(({ key }) => (key ? [key] : []));
  return [...new Map(keys.map((key) => [key.path, key])).values()];
}
