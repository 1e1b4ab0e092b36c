/** Reads keys from PEM files. A private key's file must not be readable by other users. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import fs from 'node:fs/promises';
import { BakeError } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import { readInput } from '../util/files.ts';

/** Mode bits of group and others: anyone who can read the key can sign with it. */
const OTHERS = 0o077;

/** @throws BakeError PROVENANCE_KEY */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  const pem = await readPem(file);
  const mode = (await fs.stat(file)).mode & 0o777;
  if (mode & OTHERS)
    throw bad(file, `its mode is ${mode.toString(8)}: other users can read it`, `chmod 600 ${file}`);
  if (/ENCRYPTED/.test(pem)) {
    throw bad(file, 'it is encrypted, but an unattended run cannot ask for the passphrase', OPENSSL);
  }
  return accepted(file, () => createPrivateKey(pem));
}

/** A public key, or the certificate of one. @throws BakeError PROVENANCE_KEY */
export async function readPublicKeyFile(file: string): Promise<KeyObject> {
  const pem = await readPem(file);
  if (/PRIVATE KEY/.test(pem)) {
    throw bad(file, 'it is a private key', `extract the public key with openssl pkey -in ${file} -pubout`);
  }
  return accepted(file, () => createPublicKey(pem));
}

const OPENSSL = 'create a key with openssl genpkey -algorithm ed25519';

async function readPem(file: string): Promise<string> {
  try {
    return (await readInput(file)).toString('latin1');
  } catch (error) {
    const { code, message } = fileError(error);
    throw bad(file, code === 'ENOENT' ? 'the file does not exist' : message, OPENSSL);
  }
}

function accepted(file: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw bad(file, 'it is not a PEM key', OPENSSL);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw bad(file, `it is of type ${type}${details?.namedCurve ? ` ${details.namedCurve}` : ''}`, OPENSSL);
}

function bad(file: string, found: string, next: string): BakeError {
  return new BakeError('PROVENANCE_KEY', { key: `file:${file}`, found, next });
}
