/** The path of a value in a file (keys and indexes from the top), and how messages print it. */

export type Path = readonly (string | number)[];

/** `targets[0].os`: the form in messages. */
export function pathText(path: Path): string {
  const written = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return written.replace(/^\./, '') || 'the file';
}

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}
