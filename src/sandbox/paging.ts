/** Paging: a token is the key of the last returned row, so pages stay correct while rows are added and removed. */

export interface ResultPage<T> {
  items: T[];
  token: string | undefined;
}

/**
 * Returns one page of `items`, which must be sorted by `keyOf`.
 * @throws the error that `bad` makes, for an invalid token
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: { token: string | undefined; size: number; bad: () => Error },
): ResultPage<T> {
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

/** Compares rows in the order that pageOf needs. */
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
