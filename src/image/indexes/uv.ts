/** Owns uv, which reads neither pip.conf nor PIP_*, and trusts its own roots unless told otherwise. */
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
        // One below $XDG_CONFIG_DIRS is read instead of /etc/uv/uv.toml (uv documentation, "Configuration files").
        found: ['/etc/xdg/|uv/uv.toml|uv/uv.toml'],
        beside: ['@/.config/uv/uv.toml'],
        // native-tls: its newer name, system-certs, is an error for every uv that does not know it.
        lines: ['native-tls = true', `index = [{ url = "${url}", default = true }]`],
      }),
    ],
    variables: VARIABLES.map((name) => `UV_${name}`),
    row: {
      id: 'index-uv',
      title: `uv asks ${url} and trusts what the OS trusts`,
      because: 'uv ignores pip.conf, and its built-in roots do not have the corporate CA',
      command: 'cat /etc/uv/uv.toml',
      expected: `index = [{ url = "${url}", default = true }]`,
      needs: { after: [INDEXES_STEP] },
      template: 'index-own',
      context: {
        tool: 'uv',
        path: '/etc/uv/uv.toml',
        lines: `native-tls = true\nindex = [{ url = "${url}", default = true }]`,
        says: 'uv prints no settings without a project: the file is what is checked',
      },
    },
  };
}
