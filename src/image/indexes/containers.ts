/** Configures container registries: podman and containerd pull from the mirror only, docker from the mirror first. */
import type { RowDraft, StepDraft } from '../script.ts';
import { INDEXES_STEP, wholeFile, type Setting, type ToolPlan } from './setting.ts';

/** @param registries registry → `host[:port][/path]` of its mirror, checked */
export function containersPlan(registries: Readonly<Record<string, string>>): ToolPlan {
  const each = Object.entries(registries).map(([registry, location]) => ({ registry, location }));
  const lines = podmanLines(each);
  return {
    name: 'containers',
    settings: [
      // The file that sorts last wins (containers-registries.conf.d(5)).
      wholeFile('/etc/containers/registries.conf.d/zz-bakery.conf', lines),
      ...each.map(containerdFile),
    ],
    variables: ['CONTAINERS_REGISTRIES_CONF', 'REGISTRIES_CONFIG_PATH'],
    row: {
      id: 'index-containers',
      title: `images of ${each.map(({ registry }) => registry).join(', ')} come from the mirror only`,
      because:
        'with a fallback, every image that the mirror does not have is pulled from the internet; enroot and apptainer support no mirrors, so name the mirror in full there',
      command: 'podman info --format json',
      expected: each.map(({ registry, location }) => `${registry} → ${location}`).join(', '),
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-containers',
      context: {
        path: '/etc/containers/registries.conf.d/zz-bakery.conf',
        lines: lines.join('\n'),
        registries: each,
      },
    },
  };
}

/** Sets `location`, not `mirror`: podman never contacts the public registry of a prefix that has its own location. */
function podmanLines(each: readonly { registry: string; location: string }[]): string[] {
  return [
    '# Written by bake: the mirror replaces these registries; the public ones are never contacted.',
    `unqualified-search-registries = [${each.map(({ registry }) => `"${registry}"`).join(', ')}]`,
    ...each.flatMap(({ registry, location }) => [
      '',
      '[[registry]]',
      `prefix = "${registry}"`,
      `location = "${location}"`,
    ]),
  ];
}

/**
 * containerd falls back to `server`, by default the public registry; here it is the mirror too (containerd
 * docs/hosts.md).
 */
function containerdFile({ registry, location }: { registry: string; location: string }): Setting {
  const [host = '', ...path] = location.split('/');
  const url = `https://${[host, 'v2', ...path].join('/')}`;
  return wholeFile(`/etc/containerd/certs.d/${registry}/hosts.toml`, [
    '# Written by bake.',
    `server = "${url}"`,
    'override_path = true',
    '',
    `[host."${url}"]`,
    '  capabilities = ["pull", "resolve"]',
    '  override_path = true',
  ]);
}

/**
 * Docker supports mirrors of Docker Hub only, and before version 25 it does not start if a mirror has a path (moby
 * #46594). It pulls images that the mirror does not have from Docker Hub; no setting prevents that.
 */
export function dockerPart(registries: Readonly<Record<string, string>>): {
  steps: StepDraft[];
  rows: RowDraft[];
} {
  const location = registries['docker.io'];
  if (location === undefined || location.includes('/')) return { steps: [], rows: [] };
  const url = `https://${location}`;
  return {
    steps: [
      {
        id: 'index-docker',
        title: `indexes: docker pulls from ${url} first`,
        needs: {},
        template: 'index-docker',
        context: { url },
      },
    ],
    rows: [
      {
        id: 'index-docker',
        title: `docker pulls images of Docker Hub from ${url}`,
        because:
          'docker supports a mirror for Docker Hub only: it contacts other registries directly, and Docker Hub for images that the mirror does not have',
        command: 'cat /etc/docker/daemon.json',
        expected: `"registry-mirrors": ["${url}"]`,
        needs: { after: ['index-docker'] },
        template: 'index-docker',
        context: { url },
      },
    ],
  };
}
