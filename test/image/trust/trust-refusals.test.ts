/** Tests thirty broken CA files: the loader refuses each with its code, place and reason, and writes nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type BakeError, errorsOf } from '../../../src/errors/bake-error.ts';
import { checkCertificates } from '../../../src/image/trust/certificates.ts';
import { loadProject } from '../../../src/pipeline/project.ts';
import { folderWith } from '../../config/folder.ts';
import { ecKey, makeCertificate, pem, type CertificateWish } from '../support/make-certificate.ts';

const now = new Date('2026-11-21T12:00:00Z');
const BAKERY = `version: 1
targets: [{ os: ubuntu2204 }]
image: { lifeDays: 62 }
trust: { certificates: ["certs/*"] }
`;

const issuer = { commonName: 'Corp Root', key: ecKey() };
const root = pem(makeCertificate(issuer));
const rootLines = root.split('\n').length - 1;
const bad = (wish: CertificateWish) => pem(makeCertificate({ commonName: 'Bad', ...wish }));
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const keyOf = (format: 'pem') => ecKey().privateKey.export({ type: 'pkcs8', format });
const below = { commonName: 'Corp Issuing', key: ecKey('secp384r1') };
const intermediate = pem(makeCertificate({ ...below, issuer }));
const dsa = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
const der = makeCertificate({ commonName: 'Corp Root' });

/** Files below certs/, then `CODE file:line words of the reason` for each error. */
const broken: Record<string, [files: Record<string, string | Buffer>, findings: string[]]> = {
  'an empty file': [{ a: '' }, ['CA_EMPTY a contains no certificate']],
  'a text': [{ a: 'see the wiki\n' }, ['CA_EMPTY a contains no certificate']],
  'an HTML page of a login portal': [{ a: '<!doctype html><html></html>' }, ['CA_EMPTY a']],
  'a Java key store': [{ a: Buffer.from('feedfeed00000002', 'hex') }, ['CA_EMPTY a']],
  'a PKCS#12 file': [
    { a: Buffer.from(`3082100002010330${'00'.repeat(600)}`, 'hex') },
    ['CA_STORE a PKCS#12'],
  ],
  'DER that ends early': [{ a: der.subarray(0, 100) }, ['CA_UNPARSABLE a']],
  'a block without END': [{ a: `x\n${root.slice(0, 200)}` }, ['CA_UNPARSABLE a:2 no END line']],
  'a block cut off by the next': [{ a: root.slice(0, 200) + '\n' + root }, ['CA_UNPARSABLE a:1 no END']],
  'an empty block': [{ a: pem(Buffer.alloc(0)) }, ['CA_UNPARSABLE a:1 empty']],
  'a block with other bytes': [{ a: root + pem(Buffer.from('hello')) }, [`CA_UNPARSABLE a:${rootLines + 1}`]],
  "OpenSSL's TRUSTED form": [{ a: pem(der, '\n', 'TRUSTED CERTIFICATE') }, ['CA_UNPARSABLE a:1 TRUSTED']],
  'a PKCS#7 block': [{ a: pem(der, '\n', 'PKCS7') }, ['CA_STORE a:1 PKCS#7 bundle']],
  'a revocation list': [
    { a: root + pem(der, '\n', 'X509 CRL') },
    [`CA_UNPARSABLE a:${rootLines + 1} X509 CRL`],
  ],
  'a certificate request': [{ a: pem(der, '\n', 'CERTIFICATE REQUEST') }, ['CA_REQUEST a:1 is not signed']],
  "a certificate request in Microsoft's form": [
    { a: pem(der, '\n', 'NEW CERTIFICATE REQUEST') },
    ['CA_REQUEST a:1 is not signed'],
  ],
  'a private key behind its certificate': [
    { a: root + keyOf('pem') },
    [`CA_PRIVATE_KEY a:${rootLines + 1} world-readable`],
  ],
  'an encrypted private key': [{ a: pem(der, '\n', 'ENCRYPTED PRIVATE KEY') + root }, ['CA_PRIVATE_KEY a:1']],
  'a private key as DER': [
    { a: rsa(2048).privateKey.export({ type: 'pkcs8', format: 'der' }) },
    ['CA_PRIVATE_KEY a'],
  ],
  'a server certificate': [{ a: bad({ ca: false, keyUsage: [0] }) }, ['CA_LEAF a:1 CN=Bad']],
  'no basic constraints': [{ a: bad({ ca: 'absent' }) }, ['CA_LEAF a:1 no CA:TRUE']],
  'a CA that may not sign certificates': [{ a: bad({ keyUsage: [0, 6] }) }, ['CA_LEAF a:1']],
  'a CA for mail only': [{ a: bad({ purposes: ['1.3.6.1.5.5.7.3.4'] }) }, ['CA_PURPOSE a:1 serverAuth']],
  'an expired certificate': [
    { a: bad({ to: new Date('2026-11-20T00:00:00Z') }) },
    ['CA_EXPIRED a:1 CN=Bad expired on 2026-11-20'],
  ],
  'a certificate that expires while the image is in use': [
    { a: bad({ to: new Date('2026-12-24T00:00:00Z') }) },
    ['CA_EXPIRES_SOON a:1 expires on 2026-12-24, in 32 days; the image is in use for 62 days'],
  ],
  'a certificate that is valid from tomorrow': [
    { a: bad({ from: new Date('2026-11-22T00:00:00Z') }) },
    ['CA_NOT_YET a:1 valid only from 2026-11-22'],
  ],
  'a short RSA key': [{ a: bad({ key: rsa(1024) }) }, ['CA_WEAK a:1 its RSA key has 1024 bits']],
  'a short elliptic curve': [{ a: bad({ key: ecKey('secp224r1') }) }, ['CA_WEAK a:1 curve key has 224 bits']],
  'a SHA-1 signature of an intermediate': [
    { a: bad({ hash: 'sha1', issuer }) },
    ['CA_WEAK a:1 it is signed with SHA-1'],
  ],
  'an MD5 signature': [{ a: bad({ key: rsa(2048), hash: 'md5' }) }, ['CA_WEAK a:1 it is signed with MD5']],
  'a DSA key': [
    { a: pem(makeCertificate({ commonName: 'Bad', key: dsa, issuer })) + root },
    ['CA_WEAK a:1 its key is of type dsa'],
  ],
  'an intermediate without its root': [
    { a: intermediate },
    ['CA_NO_ROOT a:1 CN=Corp Issuing was signed by CN=Corp Root, which is neither'],
  ],
  'an intermediate with another certificate of the name of its root': [
    { a: intermediate, b: pem(makeCertificate({ commonName: 'Corp Root', key: ecKey() })) },
    ['CA_NO_ROOT a:1 CN=Corp Issuing'],
  ],
  'a root with a signature that is not its own': [
    { a: pem(Buffer.concat([der.subarray(0, -1), Buffer.of(der.at(-1)! ^ 1)])) },
    ['CA_NO_ROOT a:1 CN=Corp Root was signed by CN=Corp Root'],
  ],
  'the same certificate twice in a file': [
    { a: root + root },
    [`CA_TWICE a:${rootLines + 1} already in certs/a:1`],
  ],
  'the same certificate in two files': [{ a: root, b: `x\n${root}` }, ['CA_TWICE b:2 already in certs/a:1']],
  'several errors in several files': [
    { a: bad({ ca: false }), b: '', c: root + keyOf('pem'), d: bad({ key: rsa(2048), hash: 'md5' }) },
    ['CA_LEAF a:1', 'CA_EMPTY b', `CA_PRIVATE_KEY c:${rootLines + 1}`, 'CA_WEAK d:1'],
  ],
  'several errors in one certificate': [
    { a: bad({ ca: false, to: new Date('2021-01-01'), hash: 'sha1' }) },
    ['CA_LEAF a:1', 'CA_EXPIRED a:1', 'CA_WEAK a:1'],
  ],
};

let folder = '';
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(files: Record<string, string | Buffer>) {
  const certs = Object.entries(files).map(([name, bytes]) => [`certs/${name}`, bytes]);
  folder = await folderWith({
    'bakery.yaml': BAKERY,
    'recipe.yaml': 'steps: [trust]\n',
    ...Object.fromEntries(certs),
  });
  const before = await treeOf(folder);
  const selection = { os: ['ubuntu2204'], regions: [], recipe: 'recipe.yaml', rebake: false };
  try {
    return await loadProject(path.join(folder, 'bakery.yaml'), selection, {}, now);
  } finally {
    expect(await treeOf(folder)).toEqual(before);
  }
}

async function treeOf(at: string): Promise<string[]> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => `${file} ${(await readFile(file)).toString('base64')}`),
  );
}

test('there are at least thirty broken files', () => {
  expect(Object.keys(broken).length).toBeGreaterThanOrEqual(30);
});

test.each(Object.entries(broken))('%s is refused', async (_, [files, findings]) => {
  const errors = await load(files).then(() => [], errorsOf);
  const where = ({ place: { file, line } }: BakeError) =>
    `${path.basename(file ?? '')}${line === undefined ? '' : `:${line}`}`;
  const found = errors.map((error) => ({ code: error.code, at: where(error), message: error.message }));
  // The order does not matter, but there must be exactly these errors.
  for (const finding of findings) {
    const [, code = '', at = '', words = ''] = /^(\S+) (\S+) ?(.*)$/.exec(finding) ?? [];
    expect(found).toContainEqual({ code, at, message: expect.stringContaining(words) });
  }
  expect(found).toHaveLength(findings.length);
  for (const { hint, exit } of errors) {
    expect(hint).not.toBe('');
    expect(exit).toBe(2);
  }
});

test.each<[string, Record<string, string>]>([
  ['a root', { a: root }],
  ['an intermediate with its root in another file', { a: intermediate, b: root }],
  [
    'a chain of three',
    {
      a:
        pem(makeCertificate({ commonName: 'Corp Third', key: ecKey(), issuer: below })) + intermediate + root,
    },
  ],
  [
    'two roots of the same name',
    { a: root, b: pem(makeCertificate({ commonName: 'Corp Root', key: ecKey() })) },
  ],
  [
    'a certificate that is valid a day longer than the image',
    { a: bad({ to: new Date('2027-01-23T12:00:00Z') }) },
  ],
])('%s is accepted, and each certificate has its own file name', async (_, files) => {
  const { jobs } = await load(files);
  const names = jobs[0]?.image.certificates.map(({ name }) => name) ?? [];
  expect(new Set(names).size).toBe(Object.values(files).join('').split('BEGIN').length - 1);
});

test('an intermediate of a public root is accepted: every image has that root', () => {
  const file = { path: 'a', bytes: Buffer.from(intermediate) };
  expect(checkCertificates([file], now, 62, []).errors.map(({ code }) => code)).toEqual(['CA_NO_ROOT']);
  expect(checkCertificates([file], now, 62, [root]).errors).toEqual([]);
});
