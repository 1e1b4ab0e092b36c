/** Makes the lab's certificates: a private root, its intermediate, and certificates of servers. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { call } from './lab-run.ts';

export interface Authority {
  /** The root only, for `trust.certificates`. */
  caPem: string;
  /** The certificate chain of each nginx server, and its key. */
  servers: Record<'mirror' | 'leaf', { chain: string; key: string }>;
}

/** A new key and thirty days of validity, independent of the machine's openssl.cnf. */
const REQUEST =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 30 -config /dev/null'.split(
    ' ',
  );

/**
 * Makes two CAs in a folder: the lab's, with root, intermediate and a certificate for `names`, and an unknown CA with a
 * certificate for `strangers`.
 */
export async function makeAuthority(
  folder: string,
  names: readonly string[],
  strangers: readonly string[],
): Promise<Authority> {
  await fs.mkdir(folder, { recursive: true });
  const at = (name: string) => path.join(folder, name);
  const files = (key: string, certificate: string, name: string) => [
    key,
    at(`${name}.key`),
    certificate,
    at(`${name}.pem`),
  ];
  const issue = (name: string, subject: string, extensions: readonly string[], by?: string) =>
    call('openssl', [
      ...REQUEST,
      '-subj',
      `/O=Corp Example/CN=${subject}`,
      ...files('-keyout', '-out', name),
      ...(by === undefined ? [] : files('-CAkey', '-CA', by)),
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ]);
  const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const server = (hosts: readonly string[]) => [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`,
  ];
  await Promise.all([
    issue('root', 'Lab Root CA', authority).then(() =>
      issue('intermediate', 'Lab Issuing CA', authority, 'root'),
    ),
    issue('unknown', 'Unknown Root CA', authority),
  ]);
  await Promise.all([
    issue('mirror', names[0] ?? '', server(names), 'intermediate'),
    issue('leaf', strangers[0] ?? '', server(strangers), 'unknown'),
  ]);
  const read = (name: string) => fs.readFile(at(`${name}.pem`), 'utf8');
  await fs.writeFile(at('mirror.chain'), (await read('mirror')) + (await read('intermediate')));
  await fs.writeFile(at('leaf.chain'), await read('leaf'));
  return {
    caPem: await read('root'),
    servers: {
      mirror: { chain: at('mirror.chain'), key: at('mirror.key') },
      leaf: { chain: at('leaf.chain'), key: at('leaf.key') },
    },
  };
}
