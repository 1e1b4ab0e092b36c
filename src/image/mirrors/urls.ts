/** Owns URLs that go into repository files: checked, without a login, and harmless wherever they stand in a line. */
import type { Path } from '../../config/path.ts';
import { checkedUrl } from '../refuse.ts';

/**
 * @param at where in bakery.yaml the URL stands, for the error
 * @returns the URL encoded, without final slashes
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS
 */
export function mirrorUrl(url: string, at: Path): string {
  return encodePath(checkedUrl(url, at, /^/, 'an http(s) URL such as https://mirror.corp.example'));
}

/** Percent-encodes what would end a line or a word of a .repo or sources file; `$releasever` and friends stay. */
export function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9$._~:/?@!&()*+,;=%[\]-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** scheme://host[:port]/ of a URL that may hold package managers' variables in its path. */
export function originOf(url: string): string {
  return `${new URL(url).origin}/`;
}
