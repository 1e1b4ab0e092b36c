/** IPv4 addresses and blocks, and whether one contains the other. */

export interface IpBlock {
  /** 32 bits as a whole number. */
  base: number;
  /** 0…32. */
  length: number;
}

/** An address or a block such as 10.0.0.0/8; undefined for anything else (IPv6, a name, a prefix list's id). */
export function parseBlock(text: string): IpBlock | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const numbers = match.slice(1, 5).map(Number);
  const length = match[5] === undefined ? 32 : Number(match[5]);
  if (numbers.some((number) => number > 255) || length > 32) return undefined;
  const value = numbers.reduce((sum, number) => sum * 256 + number, 0);
  return { base: value - (value % 2 ** (32 - length)), length };
}

/** Whether `outer` contains all of `inner` (an address or a block); false if either is not IPv4. */
export function contains(outer: string, inner: string): boolean {
  const [out, one] = [parseBlock(outer), parseBlock(inner)];
  if (!out || !one || one.length < out.length) return false;
  return one.base - (one.base % 2 ** (32 - out.length)) === out.base;
}

/** Addresses that are not routed on the internet (RFC 1918, RFC 6598). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

export function isPrivate(address: string): boolean {
  return PRIVATE.some((block) => contains(block, address));
}
