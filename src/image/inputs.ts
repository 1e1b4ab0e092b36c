/** Owns what decides the inside of an image: everything read and checked, nothing rendered yet. */
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
  /** Package name patterns (shell globs) that stay as they are, beside those ParallelCluster needs. */
  hold: readonly string[];
  /** Whether the holds stay in the image or end with the bake. */
  holds: 'keep' | 'release';
}

/** By name; a local rpm or deb that assets put into the image; or a vendor's own installer, unattended. */
export type PackageInstall =
  | { name: string }
  | { asset: string; path: string }
  | {
      installer: string;
      path: string;
      arguments: readonly string[];
      /** Text of the answer file; `{answers}` among the arguments is its path while the installer runs. */
      answers?: string | undefined;
      /** A path that is there when the installer did its work. */
      creates: string;
    };

export type FirstBootStep = { use: 'joinDomain' } | { script: UserScript };

/** bakery.yaml `domain`: the Active Directory that joinDomain joins. Never a password: only where one is kept. */
export interface DomainInputs {
  /** DNS name, such as corp.example. */
  name: string;
  /** Distinguished name of the folder for computer objects. */
  ou?: string | undefined;
  /** DNS servers that know the domain; empty: those of the subnet. */
  dns: readonly string[];
  /** ARN of the Secrets Manager secret: JSON with `username` and `password`, or with `oneTimePassword`. */
  secret: string;
}

export type MirrorLayout = 'pulp' | 'nexus' | 'artifactory' | 'reposync' | 'aptly' | 'custom';

export interface MirrorInputs {
  layout: MirrorLayout;
  /** Root of the mirror, without a login. */
  url: string;
  /** What differs from the layout, per repository id. */
  repos: Record<string, MirrorRepository>;
}

export interface MirrorRepository {
  /** Below the mirror's root; a whole https URL where this repository lives on another mirror. */
  path?: string | undefined;
  /** The key that signs it on the mirror, where that is not the one in the image; content is base64. */
  gpgKey?: { name: string; content: string } | undefined;
  /** false switches it off. */
  enabled?: boolean | undefined;
}

/** Where tools beside the package manager fetch from: whole https URLs without a login and without a final slash. */
export interface IndexInputs {
  pip?: string | undefined;
  uv?: string | undefined;
  /** The channel alias, and the channels below it that are the default ones. */
  conda?: { url: string; channels: readonly string[] } | undefined;
  npm?: string | undefined;
  cran?: string | undefined;
  spack?: string | undefined;
  /** Host such as github.com → what stands for it. */
  git?: Readonly<Record<string, string>> | undefined;
  /** Registry such as docker.io → `host[:port][/path]` that stands for it. */
  containers?: Readonly<Record<string, string>> | undefined;
}

/** Tools that a proxy can be given to, one by one: a global one does not survive a node's first boot (trap 7). */
export type ProxyTool = 'pip' | 'uv' | 'conda' | 'npm' | 'git' | 'containers' | 'shell';

export interface ProxyInputs {
  /** `http://host:port`, without a login. */
  url: string;
  tools: readonly ProxyTool[];
  /** Ids of repositories (os.repositories, or of the user's own) that are fetched through it. */
  repos: readonly string[];
  /** What is reached directly, beside what every image reaches directly. */
  noProxy: readonly string[];
}

/** One checked CA certificate. */
export interface Certificate {
  /** File name in the trust anchors, without the extension. */
  name: string;
  /** One PEM block, LF line ends, final newline. */
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
  /** Of the asset as it was locked. */
  sha256: string;
  /** The file itself; where `unpack` is set, the tar that was made of it. */
  file: StepFile;
  /** It is an archive that was judged and packed anew: what its content must be (src/assets/archive/repack.ts). */
  unpack?: { files: number; sums: string } | undefined;
  /** It is a bundle of git: the repository it stands for. */
  git?: { url: string; commit: string } | undefined;
  /** Its addresses as paths, `github.com/O/R/…`: links below /opt/bakery/assets. */
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

/** assets.yaml `hosts`: names that the image's /etc/hosts gives to the mirror. */
export interface AssetHosts {
  address: string;
  names: readonly string[];
}

export interface Expectation {
  id?: string | undefined;
  command: string;
  because: string;
}

export interface ImageInputs {
  os: Os;
  arch: Architecture;
  parallelcluster: string;
  /** Where its nodes will run: their endpoints are reached directly, whatever goes through a proxy. */
  regions: readonly string[];
  /** In order. */
  recipe: readonly RecipeStep[];
  mirrors?: MirrorInputs | undefined;
  indexes?: IndexInputs | undefined;
  proxy?: ProxyInputs | undefined;
  certificates: readonly Certificate[];
  /** An https URL whose certificate ends in one of `certificates`: every runtime must accept it. */
  handshake?: string | undefined;
  domain?: DomainInputs | undefined;
  /** Those that this image gets (assetsFor). */
  assets: readonly ImageAsset[];
  assetHosts?: AssetHosts | undefined;
  expect: readonly Expectation[];
}
