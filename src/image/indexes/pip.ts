/** Owns pip: the index in /etc/pip.conf, and no other at any level, for values merge key by key (trap 13). */
import { INDEXES_STEP, setting, type Setting, type ToolPlan } from './setting.ts';

/** Where pip reads (pip documentation, "Configuration"): global, of users, of virtual environments and Python roots. */
export const PIP_FILES = [
  '/etc/xdg/pip/pip.conf',
  '/etc/xdg/*/pip/pip.conf',
  '@/.pip/pip.conf',
  '@/.config/pip/pip.conf',
  '/usr/pip.conf',
  '/usr/local/pip.conf',
  // ParallelCluster's own, whatever its Python is (facts/parallelcluster.md 6), the AWS CLI's, and conda's.
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
      title: `every pip of the image asks ${url} and nothing else`,
      because:
        'pip merges all levels: one extra-index-url left over asks outside, and installs a stranger of the same name',
      command: 'pip config list',
      expected: `global.index-url='${url}', no extra-index-url, find-links or trusted-host`,
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-pip',
      context: { url },
    },
  };
}

/** Lines of ours below [global] of /etc/pip.conf. */
export function pipSetting(keys: readonly string[], lines: readonly string[]): Setting {
  return setting('ini', { keys, beside: PIP_FILES, own: ['/etc/pip.conf'], lines });
}
