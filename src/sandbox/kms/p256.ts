/**
 * Signs and verifies an existing digest with ECDSA over P-256 (FIPS 186-5, 6.4), which node:crypto does not offer. It
 * does not run in constant time, so it is for the sandbox's keys only.
 */
import { randomBytes, type KeyObject } from 'node:crypto';

/** SP 800-186, 3.2.1.3. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const A = P - 3n;
const G: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** null is the point at infinity. */
type Point = { x: bigint; y: bigint } | null;

/** @param digest 32 bytes @returns DER, the encoding that KMS uses */
export function signDigest(key: KeyObject, digest: Buffer): Buffer {
  const { d } = key.export({ format: 'jwk' });
  const secret = number(Buffer.from(d ?? '', 'base64url'));
  for (;;) {
    const k = mod(number(randomBytes(40)), N - 1n) + 1n;
    const r = mod(times(k, G)?.x ?? 0n, N);
    const s = mod(inverse(k, N) * (number(digest) + r * secret), N);
    if (r !== 0n && s !== 0n) return sequence(integer(r), integer(s));
  }
}

/** @throws Error if the signature is not a DER sequence of two integers */
export function verifyDigest(key: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const { x, y } = key.export({ format: 'jwk' });
  const publicPoint: Point = {
    x: number(Buffer.from(x ?? '', 'base64url')),
    y: number(Buffer.from(y ?? '', 'base64url')),
  };
  const [r, s] = readSignature(signature);
  if (r <= 0n || r >= N || s <= 0n || s >= N) return false;
  const w = inverse(s, N);
  const point = plus(times(mod(number(digest) * w, N), G), times(mod(r * w, N), publicPoint));
  return point !== null && mod(point.x, N) === r;
}

function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

function mod(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

function inverse(value: bigint, by: bigint): bigint {
  let [a, b] = [mod(value, by), by];
  let [u, v] = [1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b] = [b - q * a, a];
    [u, v] = [v - q * u, u];
  }
  return mod(u, by);
}

function plus(a: Point, b: Point): Point {
  if (a === null) return b;
  if (b === null) return a;
  if (a.x === b.x && mod(a.y + b.y, P) === 0n) return null;
  const slope =
    a.x === b.x
      ? mod((3n * a.x * a.x + A) * inverse(2n * a.y, P), P)
      : mod((b.y - a.y) * inverse(b.x - a.x, P), P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

function times(factor: bigint, point: Point): Point {
  let sum: Point = null;
  let double = point;
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = plus(sum, double);
    double = plus(double, double);
  }
  return sum;
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = (bytes[0] as number) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(2, content.length), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

function readSignature(der: Buffer): [bigint, bigint] {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error('not a DER sequence');
  const [r, next] = readInteger(der, 2);
  const [s, end] = readInteger(der, next);
  if (end !== der.length) throw new Error('more than two integers');
  return [r, s];
}

function readInteger(der: Buffer, at: number): [bigint, number] {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  if (der[at] !== 2 || length < 1 || length > 33 || end > der.length) throw new Error('not a DER integer');
  return [number(der.subarray(at + 2, end)), end];
}
