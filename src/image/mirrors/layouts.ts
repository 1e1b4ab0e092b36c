/** Owns where each kind of mirror keeps a repository, below its root. */
import type { OsFamily } from '../../os/os.ts';
import type { MirrorLayout } from '../inputs.ts';

export interface Layout {
  /** `{id}` is the repository id, `{upstream}` the path of os/*.ts. */
  path: Record<OsFamily, string>;
  /** The mirror signs apt repositories anew, with a key that no image has. */
  signsAnew: boolean;
}

/**
 * The presets, each with what rocky9's `baseos` becomes below `https://mirror.corp.example` (facts/hardening.md 1.4; a
 * root that already ends in the preset's own folder is not given it twice):
 *
 * - `pulp`: https://mirror.corp.example/pulp/content/rocky/$releasever/BaseOS/$basearch/os
 *   A distribution's base path is the upstream path. Snapshots: give `path`.
 * - `nexus`: https://mirror.corp.example/repository/rocky/$releasever/BaseOS/$basearch/os
 *   One proxy (or hosted) repository for each distribution, named as the first folder says.
 * - `artifactory`: https://mirror.corp.example/artifactory/rocky/$releasever/BaseOS/$basearch/os
 *   One remote repository for each distribution, its key the first folder; upstream paths stay below it.
 * - `reposync`: https://mirror.corp.example/baseos
 *   One folder for each repository id (dnf reposync --download-metadata); apt-mirror's tree for Ubuntu:
 *   https://mirror.corp.example/ubuntu
 * - `aptly`: https://mirror.corp.example/ubuntu
 *   The publishing prefix. aptly signs with its own key: `gpgKey` is needed. rpm paths as with a plain web server.
 * - `custom`: knows none: every path is written down in `repos`, or the repository is switched off there.
 */
export const layouts: Record<MirrorLayout, Layout | undefined> = {
  pulp: preset('/pulp/content/{upstream}'),
  nexus: preset('/repository/{upstream}'),
  artifactory: preset('/artifactory/{upstream}'),
  reposync: { path: { rhel: '/{id}', debian: '/{upstream}' }, signsAnew: false },
  aptly: { ...preset('/{upstream}'), signsAnew: true },
  custom: undefined,
};

function preset(path: string): Layout {
  return { path: { rhel: path, debian: path }, signsAnew: false };
}
