/** Owns container registries: podman, containerd and docker ask the mirror, and nobody else where it lacks an image. */
import type { RowDraft, StepDraft } from '../script.ts';
import { INDEXES_STEP, wholeFile, type Setting, type ToolPlan } from './setting.ts';

/** @param registries registry → `host[:port][/path]` that stands for it, checked */
export function containersPlan(registries: Readonly<Record<string, string>>): ToolPlan {
  const each = Object.entries(registries).map(([registry, location]) => ({ registry, location }));
  const lines = podmanLines(each);
  return {
    name: 'containers',
    settings: [
      // The last file in order decides (containers-registries.conf.d(5)).
      wholeFile('/etc/containers/registries.conf.d/zz-bakery.conf', lines),
      ...each.map(containerdFile),
    ],
    variables: ['CONTAINERS_REGISTRIES_CONF', 'REGISTRIES_CONFIG_PATH'],
    row: {
      id: 'index-containers',
      title: `images of ${each.map(({ registry }) => registry).join(', ')} come from the mirror alone`,
      because:
        'a mirror that is only asked first sends every image it lacks outside; enroot and apptainer know no mirrors: name them in full there',
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

/** Location, not mirror: of a prefix with a location of its own the public registry is never asked. */
function podmanLines(each: readonly { registry: string; location: string }[]): string[] {
  return [
    '# Written by bake: the mirror stands for these registries; the public ones are not asked.',
    `unqualified-search-registries = [${each.map(({ registry }) => `"${registry}"`).join(', ')}]`,
    ...each.flatMap(({ registry, location }) => [
      '',
      '[[registry]]',
      `prefix = "${registry}"`,
      `location = "${location}"`,
    ]),
  ];
}

/** `server` is what containerd falls back to: the mirror once more, or it would be the public registry (its hosts.md). */
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
 * Docker knows mirrors of Docker Hub only, and before version 25 does not start where one has a path (moby #46594).
 * It asks Docker Hub for what the mirror lacks; there is no setting against that.
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
        title: `indexes: docker asks ${url} first`,
        needs: {},
        template: 'index-docker',
        context: { url },
      },
    ],
    rows: [
      {
        id: 'index-docker',
        title: `docker asks ${url} for images of Docker Hub`,
        because:
          'docker knows a mirror for Docker Hub only: other registries, and images the mirror lacks, are asked for outside',
        command: 'cat /etc/docker/daemon.json',
        expected: `"registry-mirrors": ["${url}"]`,
        needs: { after: ['index-docker'] },
        template: 'index-docker',
        context: { url },
      },
    ],
  };
}
