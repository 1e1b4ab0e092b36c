/**
 * Configures Spack: our mirror is the only one. The site scope overrides the system scope, so its mirrors are removed.
 */
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

/** @param url of the mirror, checked */
export function spackPlan(url: string): ToolPlan {
  // Two colons replace the values of scopes with lower precedence: Spack's default is a public mirror.
  const lines = ['mirrors::', `  bakery: ${url}`];
  return {
    name: 'spack',
    settings: [
      setting('yaml', {
        keys: ['mirrors'],
        own: ['/etc/spack/mirrors.yaml'],
        beside: [
          ...[
            '/opt/spack',
            '/opt/*/spack',
            '/opt/*/*/spack',
            '/usr/local/spack',
            '/shared/spack',
            '@/spack',
          ].flatMap((root) => [`${root}/etc/spack/mirrors.yaml`, `${root}/etc/spack/site/mirrors.yaml`]),
          '@/.spack/mirrors.yaml',
        ],
        lines,
      }),
    ],
    variables: ['SPACK_SYSTEM_CONFIG_PATH', 'SPACK_DISABLE_LOCAL_CONFIG'],
    row: {
      id: 'index-spack',
      title: `Spack's only mirror is ${url}`,
      because:
        "ParallelCluster's site scope names a public mirror, and the site scope overrides the system scope",
      command: 'spack mirror list',
      expected: `bakery ${url}`,
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-spack',
      context: { tool: 'spack', path: '/etc/spack/mirrors.yaml', lines: lines.join('\n'), url },
    },
  };
}
