/** Owns what an operating system is to the bakery: data only, one file per OS, no `os === '…'` anywhere else. */

export type Architecture = 'x86_64' | 'arm64';
export type Family = 'rhel' | 'debian';

/** One package repository as the stock image defines it. */
export interface Repository {
  /**
   * Repo id as dnf and yum know it, or the name bakery.yaml uses for an apt source. A final `*` stands for every other
   * id that begins so, and in `upstream` for the rest of that id.
   */
  id: string;
  /** yum/dnf: file under /etc/yum.repos.d; apt: the file that holds the source. */
  file: string;
  /** Path below a mirror's root that each layout appends to; yum variables stay as they are. */
  upstream: string;
  /** apt only: URI patterns (extended regular expressions) that this source stands for. */
  uris?: string[];
}

export interface Os {
  /** ParallelCluster's `Image.Os` value. */
  id: string;
  title: string;
  family: Family;
  packageTool: 'yum' | 'dnf' | 'apt';
  /** Part of the official image's name (aws-parallelcluster:cli/src/pcluster/constants.py OS_TO_IMAGE_NAME_PART_MAP). */
  namePart: string;
  /** false: ParallelCluster publishes none (constants.py PRIVATE_OSES), a base image id is needed. */
  official: boolean;
  architectures: readonly Architecture[];
  /** The login user of the official image. */
  user: string;
  /** First and last ParallelCluster 3 release with this OS; last null: still current. */
  first: string;
  last: string | null;
  /** Past its end: known for rotation and egress only. */
  legacy: boolean;
  trust: {
    /** Folder of trust anchors. */
    anchors: string;
    /** File name ending that the tool reads there. */
    extension: '.crt' | '.pem';
    /** Program that rebuilds the bundle. */
    program: string;
    /** The bundle it writes. */
    bundle: string;
  };
  repositories: readonly Repository[];
}
