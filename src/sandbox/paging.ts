/** Owns paging: a token is the key of the last row given, so pages stay right while rows come and go. */

export interface Page<T> {
  items: T[];
  token: string | undefined;
}

/**
 * One page of `items`, which must be ordered by `keyOf`.
 * @throws what `bad` makes, for a token that is none of ours
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: { token: string | undefined; size: number; bad: () => Error },
): Page<T> {
  let rest = items;
  if (request.token !== undefined) {
    const after = decode(request.token);
    if (after === undefined) throw request.bad();
    rest = items.filter((item) => keyOf(item) > after);
  }
  const page = rest.slice(0, request.size);
  const last = page.at(-1);
  const more = rest.length > page.length && last !== undefined;
  return { items: page, token: more ? encode(keyOf(last)) : undefined };
}

/** Orders rows the way pageOf needs them. */
export function byKey<T>(keyOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);
}

function encode(key: string): string {
  return Buffer.from(JSON.stringify({ after: key })).toString('base64');
}

function decode(token: string): string | undefined {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { after?: unknown } | null;
    return typeof value?.after === 'string' ? value.after : undefined;
  } catch {
    return undefined;
  }
}
