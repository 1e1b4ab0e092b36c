/** Configures npm. Its global file is below the prefix of each Node.js, not in /etc (npm documentation, "npmrc"). */
import { INDEXES_STEP, setting, type Setting, type ToolPlan } from './setting.ts';

/** @param url of the registry, checked @param bundle the CA bundle of the OS; npm has its own roots otherwise */
export function npmPlan(url: string, bundle: string): ToolPlan {
  return {
    name: 'npm',
    settings: [
      npmSetting(['registry', 'cafile', 'ca', 'strict-ssl'], [`registry=${url}/`, `cafile=${bundle}`]),
    ],
    variables: ['npm_config_', 'NPM_CONFIG_'].flatMap((start) =>
      ['registry', 'globalconfig', 'userconfig', 'cafile', 'strict_ssl'].map(
        (name) => start + (start === 'NPM_CONFIG_' ? name.toUpperCase() : name),
      ),
    ),
    row: {
      id: 'index-npm',
      title: `every npm of the image uses ${url}`,
      because: 'each npm reads the file of its own prefix, and a registry of a scope would bypass ours',
      command: 'npm config get registry',
      expected: `${url}/`,
      needs: { after: [INDEXES_STEP] },
      template: 'index-npm',
      context: {
        tool: 'npm',
        path: '/etc/npmrc',
        lines: `registry=${url}/\ncafile=${bundle}`,
        url: `${url}/`,
      },
    },
  };
}

/** Prefixes: /usr/local for a Node.js built from source, /usr for packages, / for Fedora's, below /opt for vendors. */
export function npmSetting(keys: readonly string[], lines: readonly string[]): Setting {
  return setting('npmrc', {
    keys,
    own: ['/usr/local/etc/npmrc', '/usr/etc/npmrc', '/etc/npmrc'],
    found: ['/opt/*/|bin/npm|etc/npmrc', '/opt/*/*/|bin/npm|etc/npmrc', '/usr/local/*/|bin/npm|etc/npmrc'],
    beside: [
      '@/.npmrc',
      '@/etc/npmrc',
      '/usr/lib/node_modules/npm/npmrc',
      '/usr/local/lib/node_modules/npm/npmrc',
    ],
    lines,
  });
}
