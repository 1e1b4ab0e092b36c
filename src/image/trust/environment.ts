/** Owns the files that tell runtimes without a store file of their own, and ParallelCluster's daemons, which bundle to trust. */

/** A file that is written whole, or a block in one that others write, too. */
export interface SettingsFile {
  /** Its row is `trust-<id>`. */
  id: string;
  path: string;
  mode: '644' | '440';
  text: string;
  /** The block is put below what the file says otherwise. */
  block: boolean;
  title: string;
  because: string;
}

/**
 * Variables that name a PEM file of CAs; each is given the OS's bundle, which has the public roots, too.
 * Sources: AWS CLI User Guide (AWS_CA_BUNDLE), requests "SSL Cert Verification", pip's PIP_CERT, Node's CLI
 * reference (NODE_EXTRA_CA_CERTS), OpenSSL's SSL_CERT_FILE (uv, Deno and Go read it, too).
 */
export const CA_VARIABLES = [
  'AWS_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
] as const;

/** Services of ParallelCluster whose children see no login shell: daemons, and what slurmctld starts through sudo. */
const SERVICES = ['supervisord', 'slurmctld', 'slurmd'] as const;

/** ParallelCluster's bootstrap sources this very file on every node (its user_data.sh). */
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
      because: 'Node, and clients that bring their own CAs, trust what these variables name',
    },
    {
      id: 'environment',
      path: '/etc/environment',
      mode: '644',
      text: each((name) => `${name}=${bundle}`),
      block: true,
      title: 'sessions of PAM (ssh, su, cron) name the bundle',
      because: 'a command over ssh reads no profile',
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
      title: 'every service of systemd gets the variables',
      because: 'services see neither PAM nor profiles',
    },
    ...SERVICES.map((service) => ({
      id: 'systemd',
      path: `/etc/systemd/system/${service}.service.d/bakery-trust.conf`,
      mode: '644' as const,
      text: `[Service]\nEnvironment=${assigned}\n`,
      block: false,
      title: `${service} and what it starts get the variables`,
      because: "supervisord's own configuration is written anew on every node; this drop-in stays",
    })),
    {
      id: 'conda',
      path: '/etc/conda/condarc.d/bakery-trust.yml',
      mode: '644',
      text: `ssl_verify: ${bundle}\n`,
      block: false,
      title: 'conda verifies with the bundle',
      because: 'conda brings a certifi of its own into every environment',
    },
  ];
}

export function isSudoers({ path }: { path: string }): boolean {
  return path.startsWith('/etc/sudoers.d/');
}
