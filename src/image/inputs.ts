/** Owns what decides the inside of an image: everything read and checked, nothing rendered yet. */
import type { Architecture, Os } from '../os/os.ts';

/** The steps a recipe can name without bringing a script. */
export type Builtin = 'mirrors' | 'trust' | 'assets' | 'hygiene';

export type RecipeStep = { use: Builtin } | { script: { name: string; text: string } };

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
  sha256: string;
  /** base64 */
  content: string;
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
  /** In order. */
  recipe: readonly RecipeStep[];
  mirrors?: MirrorInputs | undefined;
  certificates: readonly Certificate[];
  assets: readonly ImageAsset[];
  expect: readonly Expectation[];
}
