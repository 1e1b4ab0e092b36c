/** Owns paths of values in a file: keys and indexes from the top, and how they are written in messages. */

export type Path = readonly (string | number)[];

/** `targets[0].os`: how a path is written in messages. */
export function pathText(path: Path): string {
  const written = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return written.replace(/^\./, '') || 'the file';
}

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}
