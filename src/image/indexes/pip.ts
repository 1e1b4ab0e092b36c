/** Configures pip: sets the index in /etc/pip.conf and no other at any level, because pip merges levels key by key. */
import { INDEXES_STEP, setting, type Setting, type ToolPlan } from './setting.ts';

/**
 * Files that pip reads (pip documentation, "Configuration"): global, per user, per virtual environment, per Python
 * root.
 */
export const PIP_FILES = [
  '/etc/xdg/pip/pip.conf',
  '/etc/xdg/*/pip/pip.conf',
  '@/.pip/pip.conf',
  '@/.config/pip/pip.conf',
  '/usr/pip.conf',
  '/usr/local/pip.conf',
  // ParallelCluster's environments, then the AWS CLI's and conda's. The root of pyenv has moved between releases
  // (aws/aws-parallelcluster-cookbook:cookbooks/aws-parallelcluster-shared/attributes/cluster.rb, system_pyenv_root).
  ...['/opt/parallelcluster/pyenv', '/usr/local/pyenv', '/root/.pyenv'].flatMap((root) => [
    `${root}/versions/*/pip.conf`,
    `${root}/versions/*/envs/*/pip.conf`,
  ]),
  '/usr/local/aws/pip.conf',
  '/usr/local/aws-cli/v2/*/pip.conf',
  '/opt/*/pip.conf',
  '/opt/*/envs/*/pip.conf',
] as const;

const KEYS = ['index-url', 'extra-index-url', 'find-links', 'trusted-host', 'no-index'];

/** @param url of the index, checked */
export function pipPlan(url: string): ToolPlan {
  return {
    name: 'pip',
    settings: [pipSetting(KEYS, [`index-url = ${url}`])],
    variables: ['INDEX_URL', 'EXTRA_INDEX_URL', 'FIND_LINKS', 'TRUSTED_HOST', 'NO_INDEX', 'CONFIG_FILE'].map(
      (name) => `PIP_${name}`,
    ),
    row: {
      id: 'index-pip',
      title: `every pip of the image uses ${url} and no other index`,
      because:
        'pip merges all levels: with one extra-index-url left over it contacts the internet, and may install a foreign package of the same name',
      command: 'pip config list',
      expected: `global.index-url='${url}', no extra-index-url, find-links or trusted-host`,
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-pip',
      context: { url },
    },
  };
}

/** A setting whose lines go below [global] in /etc/pip.conf. */
export function pipSetting(keys: readonly string[], lines: readonly string[]): Setting {
  return setting('ini', { keys, beside: PIP_FILES, own: ['/etc/pip.conf'], lines });
}
