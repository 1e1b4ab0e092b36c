/** Makes errors about configured values. They name the value's path; the caller adds the file and the line. */
import { type Path, pathText } from '../config/path.ts';
import { BakeError } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';

/**
 * @param at a path in bakery.yaml or, if it starts with `steps`, in the recipe
 * @param item the item at fault, if the value is a list
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
 * Returns the URL without final slashes, after checking that it has no login.
 * @param allowed matches URLs that are safe in the file that will contain them
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS; neither repeats a password
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
