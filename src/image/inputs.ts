/** The inputs that decide the content of an image, read and checked but not yet rendered. */
import type { NodeKind } from '../os/node-kinds.ts';
import type { Architecture, Os } from '../os/os.ts';
import type { StepFile } from './step.ts';

/** The steps a recipe can name without bringing a script. */
export type Builtin = 'mirrors' | 'trust' | 'assets' | 'hygiene';

export type RecipeStep =
  | { use: Builtin }
  | { script: UserScript }
  | { packages: PackagesInputs }
  | { firstBoot: readonly FirstBootStep[] };

export interface UserScript {
  name: string;
  text: string;
}

export interface PackagesInputs {
  install: readonly PackageInstall[];
  /** Names as the package manager knows them. */
  remove: readonly string[];
  upgrade: 'security' | 'all' | 'none';
  /** Shell globs of packages to keep at their version, in addition to those that ParallelCluster needs. */
  hold: readonly string[];
  /** Whether the holds stay in the image or are released at the end of the bake. */
  holds: 'keep' | 'release';
  /** The release of the OS whose repositories the step uses; see `releases` of the OS. */
  release?: string | undefined;
  /** Whether the image may have packages of a newer point release than its kernel. Default: refuse. */
  mix?: 'refuse' | 'allow' | undefined;
}

/** A package by name; a local rpm or deb that is an asset; or a vendor's own installer, run unattended. */
export type PackageInstall =
  | { name: string }
  | { asset: string; path: string }
  | {
      installer: string;
      path: string;
      arguments: readonly string[];
      /** Text of the answer file; `{answers}` among the arguments is its path while the installer runs. */
      answers?: string | undefined;
      /** A path that exists after the installer succeeded. */
      creates: string;
    };

export type FirstBootStep = { use: 'joinDomain' } | { script: UserScript };

/** bakery.yaml `domain`: the Active Directory that joinDomain joins. It names the secret that holds the password. */
export interface DomainInputs {
  /** DNS name, such as corp.example. */
  name: string;
  /** Distinguished name of the organizational unit for computer objects. */
  ou?: string | undefined;
  /** DNS servers of the domain; empty: those of the subnet. */
  dns: readonly string[];
  /** ARN of the Secrets Manager secret: JSON with `username` and `password`, or with `oneTimePassword`. */
  secret: string;
}

export type MirrorLayout = 'pulp' | 'nexus' | 'artifactory' | 'reposync' | 'aptly' | 'custom';

export interface MirrorInputs {
  layout: MirrorLayout;
  /** Root of the mirror, without a login. */
  url: string;
  /** The differences from the layout, by repository id. */
  repos: Record<string, MirrorRepository>;
}

export interface MirrorRepository {
  /** Below the mirror's root; a whole https URL if this repository is on another mirror. */
  path?: string | undefined;
  /** The key that signs the repository on the mirror, if the image does not have it; content is base64. */
  gpgKey?: { name: string; content: string } | undefined;
  /** false switches it off. */
  enabled?: boolean | undefined;
}

/** Where tools other than the package manager download from: https URLs without a login and without a final slash. */
export interface IndexInputs {
  pip?: string | undefined;
  uv?: string | undefined;
  /** The channel alias, and the default channels below it. */
  conda?: { url: string; channels: readonly string[] } | undefined;
  npm?: string | undefined;
  cran?: string | undefined;
  spack?: string | undefined;
  /** Host such as github.com → URL of its mirror. */
  git?: Readonly<Record<string, string>> | undefined;
  /** Registry such as docker.io → `host[:port][/path]` of its mirror. */
  containers?: Readonly<Record<string, string>> | undefined;
}

/** Tools that can have a proxy. There is no global proxy: a node's first boot would override it (indexes/proxy.ts). */
export type ProxyTool = 'pip' | 'uv' | 'conda' | 'npm' | 'git' | 'containers' | 'shell';

export interface ProxyInputs {
  /** `http://host:port`, without a login. */
  url: string;
  tools: readonly ProxyTool[];
  /** Ids of repositories (os.repositories, or the user's own) that use the proxy. */
  repos: readonly string[];
  /** Hosts that are reached directly, in addition to those of every image. */
  noProxy: readonly string[];
}

/** One checked CA certificate. */
export interface Certificate {
  /** File name in the trust anchors, without the extension. */
  name: string;
  /** One PEM block with LF line endings and a final newline. */
  pem: string;
  subject: string;
  /** sha256 of the DER, 64 lower-case hex digits. */
  fingerprint256: string;
}

export interface ImageAsset {
  name: string;
  /** Absolute path in the image. */
  path: string;
  /** Octal, such as 0644. */
  mode: string;
  /** `user` or `user:group`. Default: root. */
  owner?: string | undefined;
  /** Digest in the lock file. */
  sha256: string;
  /** The file itself; if `unpack` is set, the tar file that was made from it. */
  file: StepFile;
  /**
   * Set for an archive that was checked and repacked: its number of files and their digests
   * (src/assets/archive/repack.ts).
   */
  unpack?: { files: number; sums: string } | undefined;
  /** Set for a git bundle: the repository that it contains. */
  git?: { url: string; commit: string } | undefined;
  /** Its URLs as paths, `github.com/O/R/…`: links below /opt/bakery/assets. */
  addresses?: readonly string[] | undefined;
  /** Which images it goes into. Default: all. */
  for?:
    | {
        os?: readonly string[] | undefined;
        arch?: readonly string[] | undefined;
        parallelcluster?: readonly string[] | undefined;
      }
    | undefined;
}

/** assets.yaml `hosts`: names that /etc/hosts of the image maps to the mirror. */
export interface AssetHosts {
  address: string;
  names: readonly string[];
}

/** A command of the user that must succeed in the image. */
export interface ExpectedCommand {
  id?: string | undefined;
  command: string;
  because: string;
}

export interface ImageInputs {
  os: Os;
  arch: Architecture;
  parallelcluster: string;
  /** The kinds of nodes that start from the image: it must boot as each of them. Default: all. */
  nodes?: readonly NodeKind[] | undefined;
  /** Where its nodes will run: they reach the endpoints of these Regions without the proxy. */
  regions: readonly string[];
  /** In order. */
  recipe: readonly RecipeStep[];
  mirrors?: MirrorInputs | undefined;
  indexes?: IndexInputs | undefined;
  proxy?: ProxyInputs | undefined;
  certificates: readonly Certificate[];
  /** An https URL whose certificate chain ends in one of `certificates`; every runtime must accept it. */
  handshake?: string | undefined;
  domain?: DomainInputs | undefined;
  /** The assets of this image only (assetsFor). */
  assets: readonly ImageAsset[];
  assetHosts?: AssetHosts | undefined;
  expect: readonly ExpectedCommand[];
}
