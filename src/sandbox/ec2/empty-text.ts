/** Removes empty text from requests: Packer 1.6.6 sends `SubnetId=` for no subnet, and EC2 accepts that. */

/** The request without members that are empty text, also in nested objects. */
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
