/** The settings files that name the CA bundle for runtimes without a store file and for ParallelCluster's daemons. */

/** A file that bake writes completely, or a block in a file that other programs write too. */
export interface SettingsFile {
  /** Its row is `trust-<id>`. */
  id: string;
  path: string;
  mode: '644' | '440';
  text: string;
  /** Whether the text is a block below the other content of the file. */
  block: boolean;
  title: string;
  because: string;
}

/**
 * Variables that name a PEM file of CAs. Each names the OS's bundle, which also contains the public roots.
 * Sources: AWS CLI User Guide (AWS_CA_BUNDLE), requests "SSL Cert Verification", pip's PIP_CERT, Node's CLI
 * reference (NODE_EXTRA_CA_CERTS), OpenSSL's SSL_CERT_FILE (uv, Deno and Go read it too).
 */
export const CA_VARIABLES = [
  'AWS_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
] as const;

/**
 * ParallelCluster's services whose children have no login shell: daemons, and programs that slurmctld starts by sudo.
 */
const SERVICES = ['supervisord', 'slurmctld', 'slurmd'] as const;

/**
 * ParallelCluster's bootstrap sources this file on every node
 * (aws/aws-parallelcluster:cli/src/pcluster/resources/compute_node/user_data.sh at v3.9.3).
 */
export const BOOTSTRAP_PROFILE = '/etc/profile.d/aws-cli-default-config.sh';

/** @param bundle path of the OS's PEM bundle */
export function settingsFiles(bundle: string): SettingsFile[] {
  const each = (line: (name: string) => string) => CA_VARIABLES.map((name) => `${line(name)}\n`).join('');
  const assigned = CA_VARIABLES.map((name) => `"${name}=${bundle}"`).join(' ');
  return [
    {
      id: 'profile',
      path: BOOTSTRAP_PROFILE,
      mode: '644',
      text: each((name) => `export ${name}=${bundle}`),
      block: true,
      title: "ParallelCluster's bootstrap and login shells name the bundle",
      because: 'Node.js, and clients with their own CAs, trust the file that these variables name',
    },
    {
      id: 'environment',
      path: '/etc/environment',
      mode: '644',
      text: each((name) => `${name}=${bundle}`),
      block: true,
      title: 'PAM sessions (ssh, su, cron) name the bundle',
      because: 'a command that runs over ssh reads no profile',
    },
    {
      id: 'sudoers',
      path: '/etc/sudoers.d/bakery-trust',
      mode: '440',
      text: `Defaults env_keep += "${CA_VARIABLES.join(' ')}"\n`,
      block: false,
      title: 'sudo keeps the variables',
      because: "slurmctld starts ParallelCluster's resume and suspend programs through sudo",
    },
    {
      id: 'systemd',
      path: '/etc/systemd/system.conf.d/bakery-trust.conf',
      mode: '644',
      text: `[Manager]\nDefaultEnvironment=${assigned}\n`,
      block: false,
      title: 'every systemd service gets the variables',
      because: 'services read neither PAM settings nor profiles',
    },
    ...SERVICES.map((service) => ({
      id: 'systemd',
      path: `/etc/systemd/system/${service}.service.d/bakery-trust.conf`,
      mode: '644' as const,
      text: `[Service]\nEnvironment=${assigned}\n`,
      block: false,
      title: `${service} and its child processes get the variables`,
      because:
        'ParallelCluster rewrites the configuration of supervisord on every node, but keeps this drop-in',
    })),
    {
      id: 'conda',
      path: '/etc/conda/condarc.d/bakery-trust.yml',
      mode: '644',
      text: `ssl_verify: ${bundle}\n`,
      block: false,
      title: "conda uses the OS's bundle",
      because: 'conda installs its own certifi into every environment',
    },
  ];
}

export function isSudoers({ path }: { path: string }): boolean {
  return path.startsWith('/etc/sudoers.d/');
}
