/** Owns Spack: our mirror instead of all others; the site scope outranks the system one, so nothing may stay there. */
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

/** @param url of the mirror, checked */
export function spackPlan(url: string): ToolPlan {
  // Two colons replace what scopes of lower precedence say: Spack's own default is a public mirror.
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
      because: "ParallelCluster's site scope names a public mirror, which outranks the system scope",
      command: 'spack mirror list',
      expected: `bakery ${url}`,
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-spack',
      context: { tool: 'spack', path: '/etc/spack/mirrors.yaml', lines: lines.join('\n'), url },
    },
  };
}
