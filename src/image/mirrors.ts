/** Owns the mirrors part: every package repository of the image points at the mirror, or is off. */
import { BakeError } from '../errors/bake-error.ts';
import type { Os, Repository } from '../os/os.ts';
import type { ImageInputs, MirrorInputs, MirrorLayout } from './inputs.ts';
import { rowsOfMirrors } from './mirrors-rows.ts';
import { slug, type Part, type StepDraft } from './script.ts';

/**
 * Where each kind of mirror keeps a repository, below its root: `{id}` is the repository id, `{upstream}` the path of
 * os/*.ts. Conventions: facts/hardening.md 1.4. `custom` knows none: every path is written down.
 */
export const layouts: Record<MirrorLayout, { rhel: string; debian: string } | undefined> = {
  pulp: { rhel: '/pulp/content/{upstream}', debian: '/pulp/content/{upstream}' },
  nexus: { rhel: '/repository/{upstream}', debian: '/repository/{upstream}' },
  artifactory: { rhel: '/artifactory/{upstream}', debian: '/artifactory/{upstream}' },
  reposync: { rhel: '/{id}', debian: '/{upstream}' },
  aptly: { rhel: '/{upstream}', debian: '/{upstream}' },
  custom: undefined,
};

export interface MirroredRepository {
  id: string;
  action: 'mirror' | 'off';
  /** On the mirror, also where it is off: whoever switches it on again must not reach the public one. No final slash. */
  url: string;
  /** apt: what its URIs look like, an extended regular expression. */
  uri: string;
  /** Its own key, as a file to write. */
  key: { path: string; content: Uint8Array } | undefined;
}

export interface MirrorPlan {
  repositories: MirroredRepository[];
  /** Where repositories nobody named would be looked for. */
  otherUrl: string;
  /** scheme://host[:port]/ of everything that may be contacted. */
  origins: string[];
}

/**
 * What becomes of each repository of an OS.
 * @throws BakeError MIRROR_LAYOUT, MIRROR_CREDENTIALS, CONFIG_VALUE
 */
export function planMirrors(os: Os, mirrors: MirrorInputs): MirrorPlan {
  const root = checkedUrl(mirrors.url, 'mirrors.url');
  const known = os.repositories.map((repository) => mirrored(os, mirrors, root, repository));
  const ids = new Set(known.map(({ id }) => id));
  // Repositories of the user's own: dnf's are found by id; apt's have none, so they cannot be told apart.
  const others = Object.keys(mirrors.repos)
    .filter((id) => os.family === 'rhel' && !ids.has(id))
    .filter((id) => /^[^\s[\]]+$/.test(id) && mirrors.repos[id]?.path !== undefined)
    .map((id) => mirrored(os, mirrors, root, { id, file: '', upstream: id }));
  const repositories = [...known, ...others];
  const origins = [root, ...repositories.map(({ url }) => url)].map((url) => `${new URL(url).origin}/`);
  return { repositories, otherUrl: `${root}/not-mirrored`, origins: [...new Set(origins)] };
}

function mirrored(os: Os, mirrors: MirrorInputs, root: string, repository: Repository): MirroredRepository {
  const wish = mirrors.repos[repository.id];
  const off = wish?.enabled === false;
  const key = wish?.gpgKey;
  return {
    id: repository.id,
    action: off ? 'off' : 'mirror',
    url:
      off && wish.path === undefined
        ? `${root}/not-mirrored/${repository.id}`
        : urlOf(os, mirrors, root, repository),
    uri: (repository.uris ?? []).join('|'),
    key: key === undefined ? undefined : keyFile(os, repository.id, Buffer.from(key.content, 'base64')),
  };
}

function urlOf(os: Os, mirrors: MirrorInputs, root: string, { id, upstream }: Repository): string {
  const path = mirrors.repos[id]?.path;
  if (path !== undefined) {
    if (/^https?:\/\//.test(path)) return checkedUrl(path, `mirrors.repos.${id}.path`);
    return `${root}/${encodePath(path).replace(/^\/+|\/+$/g, '')}`;
  }
  const layout = layouts[mirrors.layout];
  if (!layout) throw new BakeError('MIRROR_LAYOUT', { os: os.id, repo: id });
  const below = layout[os.family].replace('{id}', () => id).replace('{upstream}', () => upstream);
  // A root that already ends in the layout's own folder is not given it twice.
  const folder = /^\/[^/{]+/.exec(below)?.[0];
  return folder !== undefined && root.endsWith(folder) ? root + below.slice(folder.length) : root + below;
}

function checkedUrl(url: string, path: string): string {
  const expected = 'an http(s) URL such as https://mirror.corp.example';
  if (!URL.canParse(url) || !/^https?:\/\//.test(url))
    throw new BakeError('CONFIG_VALUE', { path, expected, found: url });
  const { username, password } = new URL(url);
  if (username || password)
    throw new BakeError('MIRROR_CREDENTIALS', { url: url.replace(/\/\/[^@]*@/, '//…@') });
  return encodePath(url).replace(/\/+$/, '');
}

/** Percent-encodes what would end a line or a word of a .repo or sources file; `$releasever` and friends stay. */
function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9$._~:/?@!&()*+,;=%[\]-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** apt wants .asc for armoured keys and .gpg for binary ones; rpm takes either under any name. */
function keyFile(os: Os, id: string, content: Uint8Array): MirroredRepository['key'] {
  const name = `bakery-${slug(id)}`;
  if (os.family === 'rhel') return { path: `/etc/pki/rpm-gpg/${name}`, content };
  const armoured = Buffer.from(content.subarray(0, 200)).toString('latin1').includes('-----BEGIN PGP');
  return { path: `/usr/share/keyrings/${name}.${armoured ? 'asc' : 'gpg'}`, content };
}

export function mirrorsPart({ os, mirrors }: ImageInputs): Part {
  if (!mirrors) return { steps: [], rows: [] };
  const plan = planMirrors(os, mirrors);
  const keys = plan.repositories.flatMap(({ key }) => (key ? [key] : []));
  return {
    steps: [...keysStep(keys), os.family === 'rhel' ? rhelStep(plan) : debianStep(plan), ...policyStep(os)],
    rows: rowsOfMirrors(os, plan),
  };
}

function keysStep(keys: { path: string; content: Uint8Array }[]): StepDraft[] {
  if (keys.length === 0) return [];
  const title = `mirrors: ${keys.length} repository keys`;
  return [{ id: 'mirrors-keys', title, needs: {}, template: 'mirrors-keys', context: { keys } }];
}

function rhelStep(plan: MirrorPlan): StepDraft {
  const repositories = plan.repositories.map(({ id, action, url, key }) => ({
    id,
    action,
    url: `${url}/`,
    key: key === undefined ? '-' : `file://${key.path}`,
  }));
  const others = { id: '*', action: 'off', url: plan.otherUrl, key: '-' };
  return {
    id: 'mirrors',
    title: `mirrors: ${repositories.length} repositories to ${plan.origins[0]}`,
    needs: { programs: ['awk', 'sed'] },
    template: 'mirrors-rhel',
    context: { repositories: [...repositories, others] },
  };
}

function debianStep(plan: MirrorPlan): StepDraft {
  const repositories = plan.repositories.map(({ uri, action, url, key }) => ({
    uri,
    url: action === 'off' ? '-' : url,
    key: key?.path ?? '-',
  }));
  return {
    id: 'mirrors',
    title: `mirrors: ${repositories.length} sources to ${plan.origins[0]}`,
    needs: { programs: ['awk', 'sed'] },
    template: 'mirrors-debian',
    context: { repositories },
  };
}

function policyStep(os: Os): StepDraft[] {
  if (os.family !== 'debian') return [];
  const title = 'mirrors: cloud-init keeps the sources, no updates by themselves';
  return [{ id: 'mirrors-apt-policy', title, needs: {}, template: 'mirrors-apt-policy', context: {} }];
}
