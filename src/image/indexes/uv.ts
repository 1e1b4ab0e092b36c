/** Configures uv, which reads neither pip.conf nor PIP_* and uses its own CA roots by default. */
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

const KEYS = [
  'native-tls', 'system-certs', 'index', 'index-url', 'extra-index-url', 'default-index', 'find-links', 'no-index',
  'allow-insecure-host',
]; // prettier-ignore

const VARIABLES = [
  'INDEX', 'DEFAULT_INDEX', 'INDEX_URL', 'EXTRA_INDEX_URL', 'FIND_LINKS', 'INSECURE_HOST', 'CONFIG_FILE', 'NO_CONFIG',
]; // prettier-ignore

/** @param url of the index, checked */
export function uvPlan(url: string): ToolPlan {
  return {
    name: 'uv',
    settings: [
      setting('toml', {
        keys: KEYS,
        own: ['/etc/uv/uv.toml'],
        // uv reads a file below $XDG_CONFIG_DIRS instead of /etc/uv/uv.toml (uv documentation, "Configuration files").
        found: ['/etc/xdg/|uv/uv.toml|uv/uv.toml'],
        beside: ['@/.config/uv/uv.toml'],
        // native-tls: older versions of uv reject its newer name, system-certs.
        lines: ['native-tls = true', `index = [{ url = "${url}", default = true }]`],
      }),
    ],
    variables: VARIABLES.map((name) => `UV_${name}`),
    row: {
      id: 'index-uv',
      title: `uv uses ${url} and the CA store of the OS`,
      because: 'uv ignores pip.conf, and its built-in roots do not include the corporate CA',
      command: 'cat /etc/uv/uv.toml',
      expected: `index = [{ url = "${url}", default = true }]`,
      needs: { after: [INDEXES_STEP] },
      template: 'index-own',
      context: {
        tool: 'uv',
        path: '/etc/uv/uv.toml',
        lines: `native-tls = true\nindex = [{ url = "${url}", default = true }]`,
        says: 'uv prints no settings outside a project, so this row checks the file',
      },
    },
  };
}
