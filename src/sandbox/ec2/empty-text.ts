/** Owns that an empty text in a request is none: Packer 1.6 writes `SubnetId=` for no subnet, and EC2 takes it so. */

/** The request without its empty texts, also those one level down. */
export function withoutEmptyText<T extends object>(input: T): T {
  return Object.fromEntries(
    Object.entries(input)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, isPlain(value) ? withoutEmptyText(value) : value]),
  ) as T;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
