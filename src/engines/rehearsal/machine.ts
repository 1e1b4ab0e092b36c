/**
 * What a rehearsal takes from this machine or a given rootfs: programs, and the files that they need to start. All the
 * rest of the target comes from the skeleton, else the verify list would judge the machine (docs/decisions/0004).
 */
import type { OsFamily } from '../../os/os.ts';

export interface MachinePlan {
  /** Folders seen inside through a writable layer. */
  trees: string[];
  /** Folders inside those that begin empty: what the machine's owner put there is none of the target's. */
  hidden: string[];
  /** Files and folders copied, as patterns relative to the root. */
  copies: string[];
}

const PROGRAMS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

const HIDDEN = [
  '/usr/local/etc',
  '/usr/local/src',
  '/usr/local/share/ca-certificates',
  '/usr/share/pki/ca-trust-source/anchors',
];

const COPIES = [
  'etc/adduser.conf',
  'etc/alternatives',
  'etc/bash.bashrc',
  'etc/bashrc',
  'etc/crypto-policies',
  'etc/deluser.conf',
  'etc/gai.conf',
  'etc/inputrc',
  'etc/java-*',
  'etc/ld.so.cache',
  'etc/ld.so.conf',
  'etc/ld.so.conf.d',
  'etc/locale.alias',
  'etc/localtime',
  'etc/login.defs',
  'etc/magic*',
  'etc/mime.types',
  'etc/pam.d',
  'etc/perl',
  'etc/profile',
  'etc/protocols',
  'etc/python3*',
  'etc/rpc',
  'etc/security/*.conf',
  'etc/services',
  'etc/shells',
  'etc/skel',
  'etc/ssl/openssl.cnf',
  'etc/pki/tls/openssl.cnf',
  'etc/terminfo',
  'etc/xattr.conf',
];

/** The package database and what its programs refuse to work without: only where the machine is of the target's family. */
const OF_FAMILY: Record<OsFamily, { trees: string[]; copies: string[] }> = {
  debian: {
    trees: ['/var/lib/dpkg'],
    copies: [
      'etc/debconf.conf',
      'etc/debian_version',
      'etc/dpkg',
      'etc/apt/trusted.gpg.d/*',
      'var/cache/debconf',
    ],
  },
  rhel: { trees: ['/var/lib/rpm'], copies: ['etc/rpm', 'etc/pki/rpm-gpg'] },
};

/**
 * @param family the package family that machine and target have in common; undefined where they differ
 */
export function machinePlan(family: OsFamily | undefined): MachinePlan {
  const more = family === undefined ? { trees: [], copies: [] } : OF_FAMILY[family];
  return {
    trees: [...PROGRAMS, ...more.trees],
    hidden: [...HIDDEN],
    copies: [...COPIES, ...more.copies],
  };
}
