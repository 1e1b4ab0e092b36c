/** Builds the assets part: copies prefetched files to their paths in the image and writes a manifest of them. */
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { sha256 } from '../util/sha256.ts';
import type { ImageAsset, ImageInputs } from './inputs.ts';
import { slug, withOwnIds, type ImagePart, type RowDraft, type StepDraft } from './script.ts';
import { STAGING, stagedPath } from './step.ts';

const MANIFEST = '/opt/bakery/assets.json';
/** Assets by their URLs: `curl file:///opt/bakery/assets/github.com/…` returns the locked file. */
const TREE = '/opt/bakery/assets';
const GIT_CONFIG = '/opt/bakery/git/gitconfig';

/** @throws BakeError CONFIG_VALUE */
export function assetsPart(inputs: ImageInputs): ImagePart {
  const { assets } = inputs;
  const hosts = hostsPart(inputs);
  if (assets.length === 0) return hosts;
  for (const asset of assets) check(asset);
  const each = withOwnIds(assets.map((asset) => ({ id: `asset-${slug(asset.name)}`, asset })));
  const manifest = `${JSON.stringify({ assets: assets.map(({ name, path: at, mode, sha256: digest }) => ({ name, path: at, mode, sha256: digest })) }, null, 2)}\n`;
  const manifestFile = {
    path: MANIFEST,
    mode: '644',
    sha256: sha256(manifest),
  };
  const repositories = each.flatMap(({ id, asset: { git, path: at } }) =>
    git ? [{ id, ...git, path: at }] : [],
  );
  const git =
    repositories.length === 0 ? { steps: [], rows: [] } : gitPart(repositories, inputs.indexes?.git ?? {});
  return {
    steps: [
      ...each.map(({ id, asset }) => stepOf(id, asset)),
      ...git.steps,
      {
        id: 'assets-manifest',
        title: `assets: manifest of ${assets.length}`,
        needs: {},
        template: 'assets-manifest',
        context: { manifest, staging: STAGING },
      },
      ...hosts.steps,
    ],
    rows: [
      ...each.map(({ id, asset }) => rowOf(id, asset)),
      ...git.rows,
      {
        id: 'assets-manifest',
        title: 'the manifest of assets exists',
        because: 'later checks of a running node read it',
        command: `sha256sum ${MANIFEST}`,
        expected: `sha256 ${manifestFile.sha256}`,
        needs: { after: ['assets-manifest'] },
        template: 'files',
        context: { files: [manifestFile] },
      },
      {
        id: 'assets-staging',
        title: 'no staged file is left',
        because: 'the image would contain it twice',
        command: `ls -d ${STAGING}`,
        expected: 'no such folder',
        needs: { after: ['assets-manifest'] },
        template: 'assets-staging',
        context: { staging: STAGING },
      },
      ...hosts.rows,
    ],
  };
}

/** Returns the assets that go into an image; none if the recipe has no `assets` step. */
export function assetsFor({ assets, recipe, os, arch, parallelcluster }: ImageInputs): ImageAsset[] {
  if (!recipe.some((step) => 'use' in step && step.use === 'assets')) return [];
  return assets.filter(
    ({ for: only }) =>
      (only?.os?.includes(os.id) ?? true) &&
      (only?.arch?.includes(arch) ?? true) &&
      (only?.parallelcluster?.includes(parallelcluster) ?? true),
  );
}

function stepOf(id: string, asset: ImageAsset): StepDraft {
  const { path: at, owner = '', unpack, file } = asset;
  const root = owner === '' ? {} : { root: true };
  const context = { path: at, owner, staged: stagedPath(file), sha256: file.sha256 };
  const draft = { id, title: `assets: ${asset.name} to ${at}`, files: [file] };
  if (unpack) return { ...draft, needs: { ...root, programs: ['tar'] }, template: 'asset-unpack', context };
  return {
    ...draft,
    needs: root,
    template: 'asset',
    context: { ...context, mode: plainMode(asset), links: linksOf(asset) },
  };
}

/** Links in the tree that point to the asset's path. */
function linksOf({ addresses, path: at, unpack }: ImageAsset): string[] {
  if (unpack) return [];
  return (addresses ?? []).map((address) => `${TREE}/${address}`).filter((link) => link !== at);
}

function rowOf(id: string, asset: ImageAsset): RowDraft {
  const { path: at, sha256: digest, owner = '', unpack } = asset;
  const because = 'nodes cannot download it from its source';
  if (unpack) {
    return {
      id,
      title: `${at} has the ${unpack.files} files of the asset ${asset.name}`,
      because,
      command: `cd ${at} && sha256sum -c /opt/bakery/assets/.sums/${id}`,
      expected: `every file matches the archive with sha256 ${digest}`,
      needs: { after: [id] },
      template: 'asset-unpack',
      context: { path: at, sums: unpack.sums, owner },
    };
  }
  const links = linksOf(asset);
  const file = { path: at, mode: plainMode(asset), sha256: digest };
  return {
    id,
    title: `${at} is the asset ${asset.name}`,
    because,
    command: `sha256sum ${at}`,
    expected: `sha256 ${digest}, mode ${asset.mode}`,
    needs: { after: [id] },
    ...(owner === '' && links.length === 0
      ? { template: 'files', context: { files: [file] } }
      : { template: 'asset-placed', context: { ...file, owner, links } }),
  };
}

interface Repository {
  id: string;
  url: string;
  commit: string;
  path: string;
}

/**
 * The bundle serves clones by https and by ssh. A rule for https does not cover the two ssh forms, so each form of the
 * URL has its own rule. git matches prefixes, not whole URLs (git-config(1), `url.<base>.insteadOf`; the longest prefix
 * wins). So the step also writes a rule for each character that may follow: a URL that only starts with a locked name
 * still goes where it went before.
 */
function gitPart(repositories: readonly Repository[], mirrors: Readonly<Record<string, string>>): ImagePart {
  const each = repositories.map(({ id, url, commit, path: at }) => {
    const { host, pathname } = new URL(url);
    const name = pathname.slice(1).replace(/\.git$/, '');
    const mirror = mirrors[host]?.replace(/\/{1,9}$/, '');
    const forms = [`https://${host}/${name}`, `git@${host}:${name}`, `ssh://git@${host}/${name}`];
    const rules = forms.map((form) => ({ form, other: mirror === undefined ? form : `${mirror}/${name}` }));
    return { id, commit, bundle: at, target: at.replace(/\.git$/, ''), rules };
  });
  const all = each.flatMap(({ rules }) => rules);
  return {
    steps: [
      {
        id: 'assets-git',
        title: `assets: git serves ${each.length} locked repositories from their bundles`,
        needs: {},
        template: 'assets-git',
        context: {
          configPath: GIT_CONFIG,
          repositories: each.map(({ bundle, target, rules }) => ({ bundle, target, rules })),
        },
      },
    ],
    rows: [
      {
        id: 'assets-git',
        title: 'git clones the locked repositories from the image, by https and by ssh',
        because: 'nodes cannot reach the servers they came from',
        command: `git ls-remote ${each[0]?.rules[0]?.form} HEAD`,
        expected: each.map(({ commit }) => commit).join(', '),
        needs: { after: ['assets-git', ...each.map(({ id }) => id)], programs: ['git'] },
        template: 'assets-git',
        context: {
          asks: each.flatMap(({ rules, commit }) =>
            rules.flatMap(({ form }) => [form, `${form}.git`].map((url) => ({ url, commit }))),
          ),
          passes: all.flatMap(({ form, other }) =>
            ['x', '.github.io']
              .filter(
                (more) => !all.some((one) => one.form !== form && `${form}${more}`.startsWith(one.form)),
              )
              .map((more) => ({ url: form + more, to: other + more })),
          ),
        },
      },
    ],
  };
}

/** Host names that resolve to the mirror. Opt-in, for scripts that cannot be changed. */
function hostsPart({ assetHosts }: ImageInputs): ImagePart {
  if (!assetHosts) return { steps: [], rows: [] };
  const line = `${assetHosts.address} ${assetHosts.names.join(' ')} # bakery assets`;
  return {
    steps: [
      {
        id: 'assets-hosts',
        title: `assets: ${assetHosts.names.join(', ')} resolve to the mirror ${assetHosts.address}`,
        needs: { root: true },
        template: 'assets-hosts',
        context: { line },
      },
    ],
    rows: [
      {
        id: 'assets-hosts',
        title: `${assetHosts.names.join(', ')} resolve to the mirror`,
        because: 'scripts that download from these names would contact the internet and hang',
        command: `grep bakery /etc/hosts`,
        expected: line,
        needs: { after: ['assets-hosts'] },
        template: 'assets-hosts',
        context: { line },
      },
    ],
  };
}

/** The mode as stat prints it: without leading zeros. */
function plainMode(asset: ImageAsset): string {
  return Number.parseInt(asset.mode, 8).toString(8);
}

function check(asset: ImageAsset): void {
  const at = asset.path;
  if (!at.startsWith('/') || at !== path.posix.normalize(at) || at.endsWith('/') || at.includes('\0')) {
    const expected = 'an absolute path of a file, without "..", such as /opt/site/tool';
    throw new BakeError('CONFIG_VALUE', {
      path: `asset ${asset.name}: path`,
      expected,
      found: JSON.stringify(at),
    });
  }
  if (!/^[0-7]{3,4}$/.test(asset.mode)) {
    throw new BakeError('CONFIG_VALUE', {
      path: `asset ${asset.name}: mode`,
      expected: 'a mode such as 0644',
      found: asset.mode,
    });
  }
}
