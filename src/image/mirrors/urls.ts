/** Checks and encodes URLs for repository files: without a login, and safe at any position of a line. */
import type { Path } from '../../config/path.ts';
import { checkedUrl } from '../refuse.ts';

/**
 * @param at the URL's path in bakery.yaml, for the error
 * @returns the URL encoded, without final slashes
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS
 */
export function mirrorUrl(url: string, at: Path): string {
  return encodePath(checkedUrl(url, at, /^/, 'an http(s) URL such as https://mirror.corp.example'));
}

/**
 * Percent-encodes characters that end a line or a word in a .repo or sources file; keeps `$releasever` and the like.
 */
export function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9$._~:/?@!&()*+,;=%[\]-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** scheme://host[:port]/ of a URL whose path may contain variables of the package manager. */
export function urlOrigin(url: string): string {
  return `${new URL(url).origin}/`;
}
