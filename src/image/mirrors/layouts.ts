/** The table of mirror layouts: where each kind of mirror keeps a repository below its root. */
import type { OsFamily } from '../../os/os.ts';
import type { MirrorLayout } from '../inputs.ts';

export interface Layout {
  /** `{id}` is the repository id, `{upstream}` the path of os/*.ts. */
  path: Record<OsFamily, string>;
  /** The mirror signs apt repositories again, with a key that no image has. */
  resigns: boolean;
}

/**
 * The presets, each with the URL of rocky9's `baseos` below `https://mirror.corp.example`. If the root already ends in
 * the preset's own folder, the folder is not added again.
 *
 * - `pulp`: https://mirror.corp.example/pulp/content/rocky/$releasever/BaseOS/$basearch/os
 *   The base path of a distribution is the upstream path. For snapshots, set `path`.
 * - `nexus`: https://mirror.corp.example/repository/rocky/$releasever/BaseOS/$basearch/os
 *   One proxy (or hosted) repository for each distribution, named like the first folder.
 * - `artifactory`: https://mirror.corp.example/artifactory/rocky/$releasever/BaseOS/$basearch/os
 *   One remote repository for each distribution; its key is the first folder, and the upstream path follows it.
 * - `reposync`: https://mirror.corp.example/baseos
 *   One folder for each repository id (dnf reposync --download-metadata); for Ubuntu, the tree of apt-mirror:
 *   https://mirror.corp.example/ubuntu
 * - `aptly`: https://mirror.corp.example/ubuntu
 *   The publishing prefix. aptly signs with its own key, so `gpgKey` is required. rpm paths are those of a web server.
 * - `custom`: has no paths; `repos` sets the path of every repository or switches it off.
 */
export const layouts: Record<MirrorLayout, Layout | undefined> = {
  pulp: preset('/pulp/content/{upstream}'),
  nexus: preset('/repository/{upstream}'),
  artifactory: preset('/artifactory/{upstream}'),
  reposync: { path: { rhel: '/{id}', debian: '/{upstream}' }, resigns: false },
  aptly: { ...preset('/{upstream}'), resigns: true },
  custom: undefined,
};

function preset(path: string): Layout {
  return { path: { rhel: path, debian: path }, resigns: false };
}
