/** The layout of the store of assets: files by content, and a tree of links that mirrors their URLs. Pure. */
import path from 'node:path';

/** `sha256/aa/<64 hex>`, relative to the store. */
export function contentPath(sha256: string): string {
  return `sha256/${sha256.slice(0, 2)}/${sha256}`;
}

/** The file of a download in progress. */
export function partPath(sha256: string): string {
  return `partial/${sha256}`;
}

/**
 * The path of a URL in the tree, `github.com/O/R/releases/download/T/F`: a store served over HTTPS then answers a
 * rewrite of the host alone. undefined: the URL is not a usable file name.
 */
export function treePath(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { host, pathname, search } = new URL(url);
  const parts = [host, ...pathname.slice(1).split('/')].map(decoded);
  if (parts.some((part) => part === undefined || !isName(part))) return undefined;
  const whole = parts.join('/') + (search === '' ? '' : encodeURIComponent(search));
  return whole.length > 1000 ? undefined : whole;
}

/** Returns the relative target of a link in the tree to its content. */
export function linkTarget(tree: string, sha256: string): string {
  return path.posix.relative(path.posix.dirname(tree), contentPath(sha256));
}

/** The store's own names, which the host of a URL must not have. */
const OWN = new Set(['sha256', 'partial', 'derived', 'attestations', 'index.json', 'assets.lock']);

export function isReservedName(name: string): boolean {
  return OWN.has(name);
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function isName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[/\\\p{Cc}]/u.test(part) && part.length < 240;
}
