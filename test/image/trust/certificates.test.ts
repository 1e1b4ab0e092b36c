/** Tests the reader of CA files: which formats it accepts, and its errors for all others. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkCertificates, parseCertificates } from '../../../src/image/trust/certificates.ts';
import {
  ecKey,
  fingerprint,
  makeCertificate,
  pem,
  type CertificateWish,
} from '../support/make-certificate.ts';

const now = new Date('2026-11-21T12:00:00Z');

function read(bytes: Buffer | string) {
  const { certificates, errors } = parseCertificates('certs/x.pem', Buffer.from(bytes), now);
  return { certificates, codes: errors.map(({ code }) => code), errors };
}

const root = makeCertificate({ commonName: 'Corp Root' });
const other = makeCertificate({ commonName: 'Other Root', key: ecKey('secp384r1') });

test('a PEM file is read as a certificate with subject and fingerprint', () => {
  const { certificates, codes } = read(pem(root));
  expect(codes).toEqual([]);
  expect(certificates).toEqual([
    {
      name: `bakery-corp-root-${fingerprint(root).slice(0, 12)}`,
      pem: pem(root),
      subject: 'CN=Corp Root',
      fingerprint256: fingerprint(root),
    },
  ]);
});

test.each([
  ['a bundle', pem(root) + pem(other)],
  ['a bundle with CRLF', pem(root, '\r\n') + pem(other, '\r\n')],
  ['a bundle with text before each block', `subject=x\n${pem(root)}\n# other\n${pem(other)}`],
  ['a bundle with a byte order mark', `\u{feff}${pem(root)}${pem(other)}`],
  ['a bundle without a final newline', (pem(root) + pem(other)).trimEnd()],
  ['a bundle as UTF-16', Buffer.from(`\u{feff}${pem(root)}${pem(other)}`, 'utf16le')],
  ['blocks labelled X509', pem(root, '\n', 'X509 CERTIFICATE') + pem(other)],
])('%s is read as unique, normalised certificates', (_, bytes) => {
  const { certificates, codes } = read(bytes);
  expect(codes).toEqual([]);
  expect(certificates.map((found) => found.pem)).toEqual([pem(root), pem(other)]);
});

/** The first bytes of a file, followed by zeros. */
const head = (hex: string) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(600)]);

test.each([
  ['PKCS#12 store', head('30820a1402010330820a0e'), 'openssl pkcs12 -nokeys -cacerts -in certs/x.pem'],
  ['PKCS#12 store', head('308002010330800609'), 'openssl pkcs12'],
  ['PKCS#7 bundle', head('3082087906092a864886f70d010702a082'), 'openssl pkcs7 -inform DER -print_certs'],
  ['PKCS#7 bundle', '-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n', 'openssl pkcs7 -print_certs'],
  ['Java key store', head('feedfeed00000002'), 'keytool -exportcert'],
])('a %s is refused with the command that extracts the CAs', (form, bytes, command) => {
  const { codes, errors } = read(bytes);
  expect(codes).toEqual(['CA_STORE']);
  expect(errors[0]?.message).toContain(`certs/x.pem is a ${form}`);
  expect(errors[0]?.hint).toContain(command);
});

test('a bundle that occurs twice is one error, with a count', () => {
  const bundle = Buffer.from(pem(root) + pem(other));
  const files = ['a', 'b', 'c'].map((path) => ({ path, bytes: bundle }));
  const { certificates, errors } = checkCertificates(files, now);
  expect(certificates).toHaveLength(2);
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'CA_TWICE b: 2 certificates are already in a:1; the first of them is CN=Corp Root',
    'CA_TWICE c: 2 certificates are already in a:1; the first of them is CN=Corp Root',
  ]);
});

test('a DER file is accepted', () => {
  expect(read(root).certificates.map((found) => found.pem)).toEqual([pem(root)]);
});

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });

test.each<[string, string[], CertificateWish]>([
  ['a server certificate', ['CA_LEAF'], { ca: false, keyUsage: [0] }],
  ['a certificate without basic constraints', ['CA_LEAF'], { ca: 'absent' }],
  ['a CA that may not sign certificates', ['CA_LEAF'], { keyUsage: [0, 6] }],
  ['a CA without key usage', [], { keyUsage: [] }],
  ['an expired certificate', ['CA_EXPIRED'], { to: new Date('2026-11-21T11:59:59Z') }],
  ['a certificate that expires in a second', [], { to: new Date('2026-11-21T12:00:01Z') }],
  ['a certificate that is valid from tomorrow', ['CA_NOT_YET'], { from: new Date('2026-11-22T00:00:00Z') }],
  ['RSA 1024', ['CA_WEAK'], { key: rsa(1024) }],
  ['RSA 2048', [], { key: rsa(2048) }],
  ['P-224', ['CA_WEAK'], { key: ecKey('secp224r1') }],
  ['P-521', [], { key: ecKey('secp521r1') }],
  [
    'an intermediate with a SHA-1 signature',
    ['CA_WEAK'],
    { hash: 'sha1', issuer: { commonName: 'Corp Root', key: ecKey() } },
  ],
  ['an MD5 signature', ['CA_WEAK'], { key: rsa(2048), hash: 'md5' }],
  [
    'several errors at once',
    ['CA_LEAF', 'CA_EXPIRED', 'CA_WEAK'],
    { ca: false, to: new Date('2021-01-01'), hash: 'sha1' },
  ],
])('%s gives %j', (_, codes, wish) => {
  const found = read(pem(makeCertificate(wish)));
  expect(found.codes).toEqual(codes);
  expect(found.certificates).toHaveLength(codes.length === 0 ? 1 : 0);
});

const pkcs8 = ecKey().privateKey.export({ type: 'pkcs8', format: 'der' });
const secret = { cipher: 'aes-256-cbc', passphrase: 'x' };

test.each([
  ['beside its certificate', pem(root) + pem(pkcs8, '\n', 'PRIVATE KEY'), 1],
  ['before its certificate', pem(pkcs8, '\n', 'EC PRIVATE KEY') + pem(root), 1],
  ['alone', pem(pkcs8, '\n', 'RSA PRIVATE KEY'), 0],
  ['for OpenSSH', pem(Buffer.from('x'), '\n', 'OPENSSH PRIVATE KEY'), 0],
  ['encrypted', ecKey().privateKey.export({ type: 'pkcs8', format: 'pem', ...secret }), 0],
  ['without an END line', pem(root) + '-----BEGIN PRIVATE KEY-----\nAAAA', 1],
  ['as DER', rsa(2048).privateKey.export({ type: 'pkcs8', format: 'der' }), 0],
])('a private key %s is found', (_, bytes, certificates) => {
  const found = read(bytes);
  expect(found.codes).toEqual(['CA_PRIVATE_KEY']);
  expect(found.certificates).toHaveLength(certificates);
});

test.each([
  ['nothing', ''],
  ['text', 'hello\n'],
])('a file with %s contains no certificate', (_, bytes) => {
  expect(read(bytes).codes).toEqual(['CA_EMPTY']);
});

test.each([
  ['a truncated block', pem(root).slice(0, 200)],
  ['a block with foreign bytes', pem(Buffer.from('hello'))],
  ["OpenSSL's TRUSTED form", pem(root, '\n', 'TRUSTED CERTIFICATE')],
  ['truncated DER', root.subarray(0, 100)],
])('%s cannot be read', (_, bytes) => {
  expect(read(bytes).codes).toEqual(['CA_UNPARSABLE']);
});

test('an error names the file and the line of the block', () => {
  const { errors } = read(`x\n${pem(root)}${pem(makeCertificate({ ca: false }))}`);
  const line = 2 + pem(root).split('\n').length - 1;
  expect(errors.map(({ place }) => place)).toEqual([{ file: 'certs/x.pem', line }]);
});

test('a valid certificate beside an invalid one is still returned', () => {
  const found = read(pem(makeCertificate({ ca: false })) + pem(root));
  expect(found.codes).toEqual(['CA_LEAF']);
  expect(found.certificates.map(({ subject }) => subject)).toEqual(['CN=Corp Root']);
});

const body = other.toString('base64').match(/.{1,64}/g) ?? [];
const quoted = pem(other).trimEnd().split('\n').map((line) => `> ${line}`).join('\n'); // prettier-ignore

test.each([
  ['a second file glued to the first one', pem(root).trimEnd() + pem(other)],
  ['glued files with CR LF', (pem(root).trimEnd() + pem(other)).replaceAll('\n', '\r\n')],
  ['a certificate on one line', pem(root) + pem(other, '')],
  ['base64 on the lines of the markers', pem(root) + pem(other).replace('BEGIN CERTIFICATE-----\n', 'BEGIN CERTIFICATE-----').replace(/\n-----END/, '-----END')],
  ['markers with spaces before and after them', pem(root) + pem(other, ' \n').replaceAll('-----B', '\t-----B')],
  ['a title on the line of END', pem(root).replace(/CERTIFICATE-----\n$/, 'CERTIFICATE----- # Corp Root\n') + pem(other)],
  ['text as openssl prints it', `subject=CN=Corp Root\nBag Attributes\n    friendlyName: Corp\n 0 s:CN = Corp\n   i:CN = Corp\n${pem(root)}---\n        Serial Number: 1 (0x1)\n            04:4a:7f\n${pem(other)}`],
])('%s: both certificates are read', (_, text) => {
  const found = read(text);
  expect(found.codes).toEqual([]);
  expect(found.certificates.map(({ subject }) => subject)).toEqual(['CN=Corp Root', 'CN=Other Root']);
}); // prettier-ignore

test.each([
  ['BEGIN after other text', pem(other).replace('-----BEGIN', '# Root B: -----BEGIN'), 1],
  ['BEGIN after a title without a comment sign', pem(other).replace('-----BEGIN', 'Root B: -----BEGIN'), 0],
  ['a quoted block', `${quoted}\n`, 0],
  ['four dashes', pem(other).replaceAll('-----', '----'), 0],
  ['six dashes', pem(other).replaceAll('-----', '------'), 0],
  ['no dashes', pem(other).replaceAll('-----', ''), 0],
  ['typographic dashes', pem(other).replaceAll('-----', '–––––'), 0],
  ['lower case', pem(other).replace('BEGIN CERTIFICATE', 'begin certificate').replace('END CERTIFICATE', 'end certificate'), 0],
  ['base64 without markers', `${body.join('\n')}\n`, 0],
  ['base64 on one line', `${body.join('')}\n`, 0],
  ['indented base64', `${body.map((line) => `    ${line}`).join('\n')}\n`, 0],
  ['base64 in short lines', `${(other.toString('base64').match(/.{1,32}/g) ?? []).join('\n')}\n`, 0],
  ['base64 in lines of 12', `${(other.toString('base64').match(/.{1,12}/g) ?? []).join('\n')}\n`, 0],
  ['base64 in groups', `${(other.toString('base64').match(/.{1,8}/g) ?? []).join(' ')}\n`, 0],
  ['base64url', `${other.toString('base64url')}\n`, 0],
  ['base64 in JSON', `{"x5c": ["${other.toString('base64')}"]}\n`, 0],
  ['base64 after a key', `ca: ${body[0]}\n`, 0],
  ['a list item', `* ${body[0]}\n`, 0],
  ['a percent-encoded block', `${encodeURIComponent(pem(other))}\n`, 0],
  ['END without BEGIN', `${body.join('\n')}\n-----END CERTIFICATE-----\n`, 0],
])('%s is refused with its line', (_, text, comments) => {
  const start = pem(root).split('\n').length;
  const found = read(`${pem(root)}${text}`);
  expect(found.codes).toEqual(['CA_STRAY']);
  expect(found.errors[0]?.place).toEqual({ file: 'certs/x.pem', line: start + comments });
  // Also as the only thing in the file.
  expect(read(text).codes).toEqual(['CA_STRAY']);
}); // prettier-ignore

test.each([
  ['DER', other],
  ['UTF-16', Buffer.from(`\ufeff${pem(other)}`, 'utf16le')],
])('a %s file after a PEM file is refused', (_, bytes) => {
  const found = read(Buffer.concat([Buffer.from(pem(root)), bytes]));
  expect(new Set(found.codes)).toEqual(new Set(['CA_STRAY']));
});

test('titles, fingerprints and lines below titles are no certificates', () => {
  const text = `Corp Root CA\n============================================\nMIIT Root Certificates\nSHA256 Fingerprint=${'AB:'.repeat(31)}AB\n${'4f'.repeat(32)}\nsee https://pki.corp.example/roots\nÜberwurzel\n`;
  expect(read(text + pem(root)).codes).toEqual([]);
});

test('a block that is a comment as a whole stays one', () => {
  const comment = pem(other).replace(/^(?=.)/gm, '# ');
  const found = read(pem(root) + comment);
  expect([found.codes, found.certificates.length]).toEqual([[], 1]);
});

test.each([
  ['a block', pem(Buffer.concat([root, other]))],
  ['a DER file', Buffer.concat([root, other])],
])('a second certificate in %s is refused', (_, bytes) => {
  const { codes, errors } = read(bytes);
  expect(codes).toEqual(['CA_UNPARSABLE']);
  expect(errors[0]?.message).toContain(`${other.length} bytes follow it`);
});

test.each([
  ['EC', { hash: 'sha1' as const }],
  ['RSA', { hash: 'sha1' as const, key: rsa(2048) }],
  ['of today', { hash: 'sha1' as const, from: new Date('2026-11-01'), commonName: 'New' }],
])('a root that signed itself with SHA-1 (%s) is accepted with a warning', (_, wish) => {
  const old = makeCertificate({ commonName: 'Old Root', ...wish });
  const found = parseCertificates('certs/x.pem', Buffer.from(pem(root) + pem(old)), now);
  expect([found.errors, found.certificates.length]).toEqual([[], 2]);
  expect(found.warnings).toEqual([
    {
      text: expect.stringMatching(/^CN=(Old Root|New) signed itself with SHA-1; .*successor$/),
      place: { file: 'certs/x.pem', line: pem(root).split('\n').length },
    },
  ]);
});
