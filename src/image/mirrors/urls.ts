/** Owns URLs that go into repository files: checked, without a login, and harmless wherever they stand in a line. */
import { BakeError } from '../../errors/bake-error.ts';
import { maskLogin } from '../../util/source.ts';

/**
 * @param path where in bakery.yaml the URL stands, for the error
 * @returns the URL encoded, without final slashes
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS
 */
export function checkedUrl(url: string, path: string): string {
  const expected = 'an http(s) URL such as https://mirror.corp.example';
  if (!URL.canParse(url) || !/^https?:\/\//.test(url))
    throw new BakeError('CONFIG_VALUE', { path, expected, found: maskLogin(url) });
  const { username, password } = new URL(url);
  if (username || password)
    throw new BakeError('MIRROR_CREDENTIALS', { url: url.replace(/\/\/[^/]*@/, '//…@') });
  return encodePath(url).replace(/\/+$/, '');
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
