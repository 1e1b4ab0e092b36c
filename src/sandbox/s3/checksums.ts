/** Computes the checksums that S3 clients send and expect back (S3 user guide, "Checking object integrity"). */
import { createHash } from 'node:crypto';

export interface ChecksumState {
  update(bytes: Buffer): void;
  digest(): Buffer;
}

/** Algorithm → factory of its state. The header of an algorithm is `x-amz-checksum-<name in lower case>`. */
export const checksums = {
  CRC32: () => crc32(0xedb88320),
  CRC32C: () => crc32(0x82f63b78),
  CRC64NVME: crc64nvme,
  SHA1: () => hash('sha1'),
  SHA256: () => hash('sha256'),
} as const satisfies Record<string, () => ChecksumState>;

export type ChecksumName = keyof typeof checksums;

export function isChecksum(name: string): name is ChecksumName {
  return Object.hasOwn(checksums, name);
}

function hash(algorithm: string): ChecksumState {
  const state = createHash(algorithm);
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => state.digest(),
  };
}

const tables32 = new Map<number, Uint32Array>();

/** @param polynomial in reflected form */
function crc32(polynomial: number): ChecksumState {
  const table = tables32.get(polynomial) ?? makeTable32(polynomial);
  tables32.set(polynomial, table);
  let crc = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
    },
    digest() {
      const value = Buffer.alloc(4);
      value.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
      return value;
    },
  };
}

function makeTable32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_zero, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

/** Reflected polynomial of CRC-64/NVME (NVM Express specification), in two halves: numbers are faster than BigInt. */
const HIGH = 0x9a6c9329;
const LOW = 0xac4bc9b5;
let table64: { high: Uint32Array; low: Uint32Array } | undefined;

function makeTable64(): { high: Uint32Array; low: Uint32Array } {
  const made = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let index = 0; index < 256; index++) {
    let high = 0;
    let low = index;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high >>>= 1;
      if (odd) {
        high = (high ^ HIGH) >>> 0;
        low = (low ^ LOW) >>> 0;
      }
    }
    made.high[index] = high;
    made.low[index] = low;
  }
  return made;
}

function crc64nvme(): ChecksumState {
  const table = (table64 ??= makeTable64());
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (table.low[index] as number)) >>> 0;
        high = ((high >>> 8) ^ (table.high[index] as number)) >>> 0;
      }
    },
    digest() {
      const value = Buffer.alloc(8);
      value.writeUInt32BE((high ^ 0xffffffff) >>> 0, 0);
      value.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4);
      return value;
    },
  };
}
