/**
 * The table of what a rehearsal takes from this machine, or from a rootfs of another family: its programs and the files
 * that they need. Everything else comes from the skeleton of the target, or the verify rows would check the machine
 * instead of the image (docs/decisions/0004).
 */
import type { OsFamily } from '../../os/os.ts';

export interface MachinePlan {
  /** Folders that are visible inside, under a writable layer. */
  trees: string[];
  /** Folders inside those that start empty, because their content is local to the machine. */
  hidden: string[];
  /** Files and folders to copy, as patterns relative to the root. */
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

/** The package database and the files that its programs need. Used only if the machine has the target's family. */
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
 * @param family the package family of both the machine and the target; undefined if they differ
 */
export function machinePlan(family: OsFamily | undefined): MachinePlan {
  const more = family === undefined ? { trees: [], copies: [] } : OF_FAMILY[family];
  return {
    trees: [...PROGRAMS, ...more.trees],
    hidden: [...HIDDEN],
    copies: [...COPIES, ...more.copies],
  };
}
