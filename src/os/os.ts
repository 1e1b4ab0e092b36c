/** The type of an operating system: data only, one file per OS, so that no other code compares OS ids. */

export type Architecture = 'x86_64' | 'arm64';
export type OsFamily = 'rhel' | 'debian';

/** A package repository as the stock image defines it. */
export interface PackageRepository {
  /**
   * The repository id of dnf and yum, or the name of an apt source in bakery.yaml. A final `*` matches every other id
   * with that prefix; in `upstream` it stands for the rest of that id.
   */
  id: string;
  /** yum/dnf: the file in /etc/yum.repos.d; apt: the file that contains the source. */
  file: string;
  /** The path that each layout appends to the root of a mirror; yum variables stay as they are. */
  upstream: string;
  /** apt only: patterns (extended regular expressions) of the URIs of this source. */
  uris?: string[];
}

export interface Os {
  /** The value of `Image.Os` in a ParallelCluster config. */
  id: string;
  title: string;
  family: OsFamily;
  packageTool: 'yum' | 'dnf' | 'apt';
  /** The part of the official image name (aws-parallelcluster:cli/src/pcluster/constants.py, OS_TO_IMAGE_NAME_PART_MAP). */
  namePart: string;
  /** false: ParallelCluster publishes no image (constants.py, PRIVATE_OSES), so bakery.yaml must name a base image. */
  official: boolean;
  architectures: readonly Architecture[];
  /** The login user of the official image. */
  user: string;
  /** The first and the last ParallelCluster 3 release with this OS; null: still supported. */
  first: string;
  last: string | null;
  /** Past its end of life: bake rotates its images but does not bake them. */
  legacy: boolean;
  trust: {
    /** The folder of trust anchors. */
    anchors: string;
    /** The file name extension that the program reads there. */
    extension: '.crt' | '.pem';
    /** The program that rebuilds the bundle. */
    program: string;
    /** The bundle that the program writes. */
    bundle: string;
  };
  /** Its releases as repositories know them by `$releasever`; undefined: its repositories follow no such name. */
  releases?: {
    /** The package whose version is the release. */
    package: string;
    /**
     * true: the repositories are those of the installed release until the package moves; false: they follow the newest
     * point release, and the package is held with the kernel.
     */
    versioned: boolean;
    /** An extended regular expression of the names that a recipe may give. */
    names: string;
    example: string;
  };
  repositories: readonly PackageRepository[];
}
