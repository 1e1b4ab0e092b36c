/** Owns the table of trust stores beside the OS's own: where runtimes on a ParallelCluster image keep their CAs. */

/** A kind of store file. Each one found becomes a link to the store of the OS, and so follows it from then on. */
export interface Store {
  /** Its row is `trust-store-<id>`. */
  id: string;
  /** Who reads it, in words. */
  readers: string;
  /** Patterns of find's -path, below any of SEARCHED. */
  patterns: readonly string[];
  /** The file of the OS that stands for it: its PEM bundle, or its Java key store. */
  follows: 'bundle' | 'java';
  /** Where the rule comes from. */
  source: string;
}

/**
 * Folders that hold runtimes (patterns allowed). Not /home, /opt/slurm's mount and the like: what compute nodes mount
 * over is not the image's. The pyenv of ParallelCluster has lain at /opt/parallelcluster, /usr/local and /root.
 */
export const SEARCHED = [
  '/opt',
  '/usr/local',
  '/usr/java',
  '/usr/lib/jvm',
  '/usr/lib/python*',
  '/usr/lib64/python*',
  '/root',
] as const;

export const stores: readonly Store[] = [
  {
    id: 'python',
    readers: 'requests, pip and botocore in the Python environments',
    // certifi's own, pip's copy of it, and what requests carried before it used certifi.
    patterns: ['*/certifi/cacert.pem', '*/requests/cacert.pem'],
    follows: 'bundle',
    source: 'botocore/httpsession.py get_cert_path; certifi/core.py where; facts/parallelcluster.md 6',
  },
  {
    id: 'aws',
    readers: 'AWS CLI 1 and 2, and botocore without certifi',
    patterns: ['*/botocore/cacert.pem'],
    follows: 'bundle',
    source: 'botocore/httpsession.py DEFAULT_CA_BUNDLE; facts/parallelcluster.md 6',
  },
  {
    id: 'conda',
    readers: 'OpenSSL in conda environments',
    patterns: ['*conda*/ssl/cacert.pem', '*forge*/ssl/cacert.pem', '*mamba*/ssl/cacert.pem'],
    follows: 'bundle',
    source: 'conda-forge ca-certificates-feedstock, which installs ssl/cacert.pem',
  },
  {
    id: 'cinc',
    readers: 'Cinc (Chef), which configures every node at its first boot',
    patterns: ['*/embedded/ssl/certs/cacert.pem'],
    follows: 'bundle',
    source: 'aws-parallelcluster cli/src/pcluster/resources/imagebuilder/parallelcluster.yaml, InstallCinc',
  },
  {
    id: 'java',
    readers: 'Java runtimes that bring a trust store of their own',
    patterns: ['*/lib/security/cacerts'],
    follows: 'java',
    source: 'JSSE Reference Guide, "Creating an X509TrustManager": lib/security/cacerts',
  },
];

/** Java key stores that an OS makes from its own anchors: ca-certificates-java of Debian's family; p11-kit. */
export const OS_JAVA_STORES = {
  debian: '/etc/ssl/certs/java/cacerts',
  rhel: '/etc/pki/ca-trust/extracted/java/cacerts',
} as const;
