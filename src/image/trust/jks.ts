/**
 * Writes a Java key store of CA certificates, so that one run of keytool imports all of them into a JDK's own store.
 */
import { createHash } from 'node:crypto';
import type { Certificate } from '../inputs.ts';

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** Not a secret: every JDK ships with this password. The format requires one. */
const PASSWORD = 'changeit';

/**
 * The JKS format. Source: OpenJDK, sun/security/provider/JavaKeyStore.java, engineStore.
 * The date of each entry is the epoch, so that the same certificates give the same bytes.
 */
export function javaKeyStore(certificates: readonly Certificate[]): Buffer {
  const entries = certificates.map(({ name, pem }) => {
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    return [
      int(TRUSTED_CERTIFICATE),
      text(name.toLowerCase()),
      Buffer.alloc(8),
      text('X.509'),
      int(der.length),
      der,
    ];
  });
  const body = Buffer.concat([int(MAGIC), int(VERSION), int(certificates.length), ...entries.flat()]);
  const digest = createHash('sha1')
    .update(Buffer.from(PASSWORD, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(body)
    .digest();
  return Buffer.concat([body, digest]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Java's writeUTF, for ASCII. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
