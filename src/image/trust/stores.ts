/** The table of trust stores other than the OS's own: where runtimes on a ParallelCluster image keep their CAs. */

/** A kind of store file. The step replaces each one with a link to the store of the OS, so that it follows the OS. */
export interface TrustStore {
  /** The id of its row is `trust-store-<id>`. */
  id: string;
  /** The programs that read it, in words. */
  readers: string;
  /** Patterns for find's -path, below each folder of SEARCHED. */
  patterns: readonly string[];
  /** The file of the OS that replaces it: the PEM bundle or the Java key store. */
  follows: 'bundle' | 'java';
  /** Where the rule comes from. */
  source: string;
}

/**
 * Folders that contain runtimes (patterns allowed). Folders that compute nodes mount a shared file system over, such as
 * /home, are left out. ParallelCluster's pyenv was at /root, then /usr/local, and is now at /opt/parallelcluster.
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

export const stores: readonly TrustStore[] = [
  {
    id: 'python',
    readers: 'requests, pip and botocore in the Python environments',
    // certifi's own file, pip's copy of certifi, and the file of requests from before it used certifi.
    patterns: ['*/certifi/cacert.pem', '*/requests/cacert.pem'],
    follows: 'bundle',
    source:
      'boto/botocore:botocore/httpsession.py get_cert_path; certifi/python-certifi:certifi/core.py where',
  },
  {
    id: 'aws',
    readers: 'AWS CLI 1 and 2, and botocore without certifi',
    patterns: ['*/botocore/cacert.pem'],
    follows: 'bundle',
    source: 'boto/botocore:botocore/httpsession.py DEFAULT_CA_BUNDLE',
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
    source:
      'aws/aws-parallelcluster:cli/src/pcluster/resources/imagebuilder/parallelcluster.yaml at v3.9.3, InstallCinc',
  },
  {
    id: 'java',
    readers: 'Java runtimes with their own trust store',
    patterns: ['*/lib/security/cacerts'],
    follows: 'java',
    source: 'JSSE Reference Guide, "Creating an X509TrustManager": lib/security/cacerts',
  },
];

/** Java key stores that the OS builds from its anchors: by ca-certificates-java (debian), by p11-kit (rhel). */
export const OS_JAVA_STORES = {
  debian: '/etc/ssl/certs/java/cacerts',
  rhel: '/etc/pki/ca-trust/extracted/java/cacerts',
} as const;
