/** Checks the keys that a mirror signs with, and chooses their paths in the image. */
import { BakeError } from '../../errors/bake-error.ts';
import type { Os } from '../../os/os.ts';
import type { MirrorRepository } from '../inputs.ts';
import { slug } from '../script.ts';

export interface KeyFile {
  /** Absolute path in the image. */
  path: string;
  content: Uint8Array;
}

/**
 * The key of one repository as a file of the image.
 * @throws BakeError MIRROR_KEY if it is not a public key
 */
export function keyFile(os: Os, id: string, key: NonNullable<MirrorRepository['gpgKey']>): KeyFile {
  const content = Buffer.from(key.content, 'base64');
  const reason = whyUnfit(content);
  if (reason !== undefined) {
    const at = ['mirrors', 'repos', id, 'gpgKey'];
    throw new BakeError('MIRROR_KEY', { repo: id, reason: `${key.name} ${reason}` }, { at });
  }
  const name = `bakery-${slug(id)}`;
  if (os.family === 'rhel') return { path: `/etc/pki/rpm-gpg/${name}`, content };
  // apt wants .asc for armoured keys and .gpg for binary ones; rpm takes either under any name.
  return { path: `/usr/share/keyrings/${name}.${isArmoured(content) ? 'asc' : 'gpg'}`, content };
}

/** First bytes of a secret key: packet tags 5 and 7 of RFC 4880 section 4.3, in both header formats. */
const SECRET_KEY = new Set([0x94, 0x95, 0x96, 0x9c, 0x9d, 0x9e, 0xc5, 0xc7]);

/** First bytes of a public key (packet tag 6). */
const PUBLIC_KEY = new Set([0x98, 0x99, 0x9a, 0xc6]);

function whyUnfit(content: Buffer): string | undefined {
  if (content.length === 0) return 'is empty';
  const text = content.toString('latin1');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) || SECRET_KEY.has(content[0] ?? 0))
    return 'holds a private key, which would become world-readable in every image';
  if (/^\s*<(!doctype|html)/i.test(text)) return 'is a web page, not a key';
  if (isArmoured(content) || PUBLIC_KEY.has(content[0] ?? 0)) return undefined;
  return 'is neither a PGP PUBLIC KEY BLOCK nor a binary OpenPGP public key';
}

function isArmoured(content: Buffer): boolean {
  return content.includes('-----BEGIN PGP PUBLIC KEY BLOCK');
}
