/**
 * Reads maps of old AMI ids to new ones: OLD=NEW, and files of such pairs. All problems are reported together, each
 * with its place.
 */
import path from 'node:path';
import { BakeError, throwAll } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import { readInput } from '../util/files.ts';
import { amiId } from '../util/ami-id.ts';
import { wrongMap as wrong, type Written } from './map-error.ts';

/**
 * Reads the values of --map: pairs, and names of files with pairs.
 * @param words values of --map, in order
 * @param folder absolute; file names are relative to it
 * @throws BakeError, BakeErrors: ROTATE_MAP, FILE_MISSING, FILE_UNREADABLE
 */
export async function readMaps(words: readonly string[], folder: string): Promise<Map<string, string>> {
  const errors: BakeError[] = [];
  const written: Written[] = [];
  for (const word of words) {
    const [from = '', ...rest] = word.split('=');
    if (rest.length > 0 && !/\.(csv|json)$/i.test(word)) {
      written.push({ from, to: rest.join('='), place: {} });
      continue;
    }
    if (!/\.(csv|json)$/i.test(word)) {
      errors.push(wrong('OLD=NEW, or a file that ends in .csv or .json', word));
      continue;
    }
    const text = await readText(path.resolve(folder, word), word, errors);
    if (text === undefined) continue;
    const before = errors.length;
    const pairs = (await import('./map-files.ts')).parseMap(word, text, errors);
    if (pairs.length === 0 && errors.length === before) {
      errors.push(wrong('pairs of old and new ids', 'none', { file: word }));
    }
    written.push(...pairs);
  }
  const moves = gather(written, errors);
  throwAll(errors);
  return moves;
}

/** Checks each pair. The same id cannot move to two new ids. */
function gather(written: readonly Written[], errors: BakeError[]): Map<string, string> {
  const moves = new Map<string, string>();
  for (const { from, to, place } of written) {
    const bad = [from, to].find((id) => !amiId.test(id));
    const known = moves.get(from);
    if (bad !== undefined) errors.push(wrong('ami- and 8 or 17 hex digits', bad, place));
    else if (known !== undefined && known !== to) {
      errors.push(wrong(`one new id for ${from}`, `${known} and ${to}`, place));
    } else moves.set(from, to);
  }
  return moves;
}

/** Ids that are both old and new: a second run of the same map would move them again. */
export function chained(moves: ReadonlyMap<string, string>): string[] {
  return [...moves].filter(([from, to]) => from !== to && moves.has(to)).map(([, to]) => to);
}

async function readText(file: string, name: string, errors: BakeError[]): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readInput(file));
  } catch (error) {
    const { code, message } = fileError(error);
    const more = { place: { file: name }, cause: error };
    if (code === 'ENOENT') errors.push(new BakeError('FILE_MISSING', { path: name, what: '--map' }, more));
    else if (error instanceof TypeError) errors.push(wrong('UTF-8 text', 'other bytes', { file: name }));
    else errors.push(new BakeError('FILE_UNREADABLE', { path: name, reason: message }, more));
    return undefined;
  }
}
