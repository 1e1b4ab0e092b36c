/**
 * Configures conda and mamba. Channel alias and default channels belong together (conda documentation, "air-gapped").
 */
import { INDEXES_STEP, setting, type Setting, type ToolPlan } from './setting.ts';

const ROOTS = [
  '/opt/*',
  '/usr/local/*',
  '@/miniconda3',
  '@/anaconda3',
  '@/miniforge3',
  '@/mambaforge',
] as const;

/**
 * Every .condarc that conda reads (conda documentation, "Searching for .condarc"): later files override earlier ones.
 */
const CONDA_FILES = [
  '/etc/conda/condarc',
  '/etc/conda/condarc.d/*',
  '/var/lib/conda/.condarc',
  '/var/lib/conda/condarc',
  '/var/lib/conda/condarc.d/*',
  ...ROOTS.flatMap((root) => [`${root}/.condarc`, `${root}/condarc`]),
  '/opt/*/envs/*/.condarc',
  '/opt/parallelcluster/*/.condarc',
  '@/.condarc',
  '@/.mambarc',
  '@/.conda/.condarc',
  '@/.conda/condarc',
  '@/.config/conda/.condarc',
] as const;

const KEYS = [
  'channel_alias', 'default_channels', 'channels', 'custom_channels', 'custom_multichannels',
  'migrated_custom_channels', 'whitelist_channels', 'allowlist_channels', 'ssl_verify', 'restore_free_channel',
]; // prettier-ignore

/** @param url the channel alias, checked @param bundle the CA bundle of the OS, for ssl_verify */
export function condaPlan(url: string, channels: readonly string[], bundle: string): ToolPlan {
  const lines = [
    `channel_alias: ${url}`,
    'default_channels:',
    ...channels.map((channel) => `  - ${url}/${channel}`),
    'channels:',
    '  - defaults',
    `ssl_verify: ${bundle}`,
  ];
  return {
    name: 'conda',
    settings: [condaSetting(KEYS, lines)],
    variables: ['CONDA', 'MAMBA'].flatMap((start) => [
      `${start}RC`,
      ...['CHANNEL_ALIAS', 'CHANNELS', 'DEFAULT_CHANNELS', 'SSL_VERIFY'].map((name) => `${start}_${name}`),
    ]),
    row: {
      id: 'index-conda',
      title: `conda's channels are below ${url}`,
      because:
        'conda looks up channel names below the alias, and its default channels are public unless both settings are set',
      command: 'conda config --show channel_alias default_channels channels ssl_verify',
      expected: `channel_alias: ${url}, and default_channels below it`,
      needs: { programs: ['awk'], after: [INDEXES_STEP] },
      template: 'index-conda',
      context: { tool: 'conda', path: '/etc/conda/.condarc', lines: lines.join('\n'), origin: `${url}/` },
    },
  };
}

export function condaSetting(keys: readonly string[], lines: readonly string[]): Setting {
  return setting('yaml', { keys, beside: CONDA_FILES, own: ['/etc/conda/.condarc'], lines });
}
