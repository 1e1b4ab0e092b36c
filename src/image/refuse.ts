/** Owns refusing a configured value from inside a part: by its path, which whoever read the file makes a place. */
import { type Path, pathText } from '../config/path.ts';
import { BakeError } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';

/**
 * @param at in bakery.yaml or, beginning with `steps`, in the recipe
 * @param item of the list that stands there, where it is one word of it
 */
export function refused(at: Path, expected: string, found: string, item?: string): BakeError {
  const context = { path: pathText(at), expected, found: maskLogin(found) };
  return new BakeError('CONFIG_VALUE', context, { at: item === undefined ? at : [...at, item] });
}

/** @throws BakeError CONFIG_VALUE */
export function checkedText(text: string, at: Path, allowed: RegExp, expected: string): string {
  if (allowed.test(text)) return text;
  throw refused(at, expected, JSON.stringify(text));
}

/**
 * A URL without a login and without final slashes.
 * @param allowed what the file it goes into can hold
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS; neither says a password again
 */
export function checkedUrl(url: string, at: Path, allowed: RegExp, expected: string): string {
  if (!URL.canParse(url) || !/^https?:\/\//.test(url)) throw refused(at, expected, url);
  const { username, password } = new URL(url);
  if (username || password) {
    throw new BakeError('MIRROR_CREDENTIALS', { path: pathText(at), url: maskLogin(url) }, { at });
  }
  if (!allowed.test(url)) throw refused(at, expected, url);
  return url.replace(/\/+$/, '');
}
