/** Reads files of digests: `<sha256>  <name>` as sha256sum writes it, BSD's form, or a bare digest. Pure. */

const NAMES =
  /^(sha256sums?(\.txt)?|sha256sum\.txt|sha256\.sum|checksums?(\.sha256)?(\.txt)?|.*[-_]checksums?(\.txt)?|.*[-_]sha256sums?(\.txt)?)$/i;

/** Returns the file of a release that most likely has the digest of `file`. */
export function sumsFileOf(file: string, names: readonly string[]): string | undefined {
  const own = [`${file}.sha256`, `${file}.sha256sum`, `${file}.sha256.txt`];
  return own.find((name) => names.includes(name)) ?? names.find((name) => NAMES.test(name));
}

/** Returns the digest of `file`, lower case; undefined where `text` has none, or two that differ. */
export function digestIn(text: string, file: string): string | undefined {
  const lines = text.split(/\r\n?|\n/).slice(0, 100_000);
  const found = new Set<string>();
  for (const line of lines) {
    const gnu = /^\\?([0-9a-fA-F]{64})[ \t]+\*?(?:\.\/)?(\S.*)$/.exec(line);
    const bsd = /^SHA256 \((.+)\) = ([0-9a-fA-F]{64})$/.exec(line);
    const [name, digest] = bsd ? [bsd[1], bsd[2]] : [gnu?.[2], gnu?.[1]];
    if (name?.trimEnd() === file && digest !== undefined) found.add(digest.toLowerCase());
  }
  const bare = /^\s*([0-9a-fA-F]{64})\s*$/.exec(text.slice(0, 1000))?.[1];
  if (found.size === 0 && bare !== undefined) return bare.toLowerCase();
  return found.size === 1 ? [...found][0] : undefined;
}
