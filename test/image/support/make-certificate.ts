/** Makes certificates for tests byte by byte, so that tests need only Node and can make broken ones. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface CertificateWish {
  commonName?: string;
  key?: { privateKey: KeyObject; publicKey: KeyObject };
  ca?: boolean | 'absent';
  /** keyUsage bits from the left: 5 is keyCertSign, 0 digitalSignature. */
  keyUsage?: number[];
  from?: Date;
  to?: Date;
  hash?: 'sha256' | 'sha1' | 'md5';
  /** The signer; absent: self-signed. */
  issuer?: { commonName: string; key: { privateKey: KeyObject; publicKey: KeyObject } };
  /** Object identifiers of the extended key usage. */
  purposes?: string[];
}

const SIGNATURES: Record<string, string> = {
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa md5': '1.2.840.113549.1.1.4',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha1': '1.2.840.10045.4.1',
};

let shared: ReturnType<typeof ecKey> | undefined;

export function ecKey(namedCurve = 'prime256v1') {
  return generateKeyPairSync('ec', { namedCurve });
}

/** A certificate, DER. */
export function makeCertificate(wish: CertificateWish = {}): Buffer {
  const key = wish.key ?? (shared ??= ecKey());
  const hash = wish.hash ?? 'sha256';
  const signer = wish.issuer?.key ?? key;
  const algorithm = sequence(
    oid(SIGNATURES[`${signer.privateKey.asymmetricKeyType} ${hash}`] ?? ''),
    ...(signer.privateKey.asymmetricKeyType === 'rsa' ? [element(0x05)] : []),
  );
  const own = wish.commonName ?? 'Test Root';
  const tbs = sequence(
    element(0xa0, integer(2)),
    integer(1),
    algorithm,
    name(wish.issuer?.commonName ?? own),
    sequence(
      time(wish.from ?? new Date('2020-01-01T00:00:00Z')),
      time(wish.to ?? new Date('2045-01-01T00:00:00Z')),
    ),
    name(own),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions(wish))),
  );
  const signature = sign(hash, tbs, signer.privateKey);
  return sequence(tbs, algorithm, element(0x03, Buffer.concat([Buffer.of(0), signature])));
}

export function pem(der: Buffer, end = '\n', label = 'CERTIFICATE'): string {
  const body = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...body, `-----END ${label}-----`, ''].join(end);
}

export function fingerprint(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex');
}

function name(commonName: string): Buffer {
  return sequence(element(0x31, sequence(oid('2.5.4.3'), element(0x0c, Buffer.from(commonName, 'utf8')))));
}

function extensions({ ca = true, keyUsage = [5, 6], purposes = [] }: CertificateWish): Buffer[] {
  const found: Buffer[] = [];
  if (ca !== 'absent') {
    const value = sequence(...(ca ? [element(0x01, Buffer.of(255))] : []));
    found.push(sequence(oid('2.5.29.19'), element(0x01, Buffer.of(255)), element(0x04, value)));
  }
  if (keyUsage.length > 0) {
    const bits = keyUsage.reduce((all, bit) => all | (0x80 >> bit), 0);
    found.push(sequence(oid('2.5.29.15'), element(0x04, element(0x03, Buffer.of(0, bits)))));
  }
  if (purposes.length > 0) {
    found.push(sequence(oid('2.5.29.37'), element(0x04, sequence(...purposes.map(oid)))));
  }
  if (found.length === 0) found.push(sequence(oid('2.5.29.14'), element(0x04, element(0x04, Buffer.of(1)))));
  return found;
}

function element(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80 ? Buffer.of(body.length) : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, ...parts);
}

function integer(value: number): Buffer {
  return element(0x02, Buffer.of(value));
}

function oid(dotted: string): Buffer {
  const [a = 0, b = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [a * 40 + b, ...rest].flatMap((number) => {
    const digits = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, as RFC 5280 requires. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}
