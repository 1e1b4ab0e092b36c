/** An instance's SSH server: checks the launch's key and serves sessions. */
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { AuthContext, Connection, Server, utils } from 'ssh2';
import { loopbackAddress } from '../ec2/instances/place.ts';
import { makeKey } from '../ec2/key-material.ts';
import type { Instance } from '../../engines/rehearsal/instance.ts';
import { serveSession } from './session.ts';

export interface SshRequest {
  instance: Instance;
  /** Used unless another process has it. */
  preferredAddress: string;
  port: number;
  /** The launch's key, a line of authorized_keys; undefined: every login is refused. */
  publicKey: string | undefined;
}

export interface SshServer {
  address: string;
  close(): Promise<void>;
}

/** Number of addresses to try. The range has 65,000 addresses, so this many conflicts in a row have another cause. */
const TRIES = 20;

/** Starts listening. @throws Error if no address is free */
export async function openSsh(request: SshRequest): Promise<SshServer> {
  // Imported with the first instance, so that opening a sandbox stays fast.
  const { default: ssh2 } = await import('ssh2');
  const open = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [`${makeKey('ed25519').material}\n`] }, (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
    // An error of the client ends only its connection.
    connection.on('error', () => connection.end());
    connection.on('authentication', (context) => authenticate(context, request, ssh2.utils.parseKey));
    connection.on('session', (accept) => serveSession(accept(), request.instance));
  });
  const address = await listen(server, request);
  return {
    address,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const connection of open) connection.end();
        for (const connection of open) destroy(connection);
      }),
  };
}

/** Destroys the socket: a connection whose client does not answer would keep the server open. */
function destroy(connection: Connection): void {
  (connection as unknown as { _sock?: { destroy(): void } })._sock?.destroy();
}

async function listen(server: Server, { preferredAddress, port }: SshRequest): Promise<string> {
  let address = preferredAddress;
  for (let tries = 1; ; tries++) {
    try {
      return await bind(server, address, port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === TRIES) throw error;
      address = loopbackAddress();
    }
  }
}

function bind(server: Server, address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const inner = server as unknown as NetServer;
    inner.once('error', reject);
    server.listen(port, address, () => {
      inner.removeListener('error', reject);
      resolve((server.address() as AddressInfo).address);
    });
  });
}

type ParseKey = typeof utils.parseKey;

/** Accepts the launch's key for the login user, and nothing else. */
function authenticate(context: AuthContext, request: SshRequest, parseKey: ParseKey): void {
  const { publicKey, instance } = request;
  if (context.method !== 'publickey' || publicKey === undefined || context.username !== instance.user) {
    context.reject(['publickey']);
    return;
  }
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  if (!context.key.data.equals(blob)) {
    context.reject(['publickey']);
    return;
  }
  if (context.signature === undefined || context.blob === undefined) {
    // The answer repeats the algorithm of the query (RFC 8332, section 3.2). ssh2 answers ssh-rsa to rsa-sha2-256, and
    // Packer 1.6.6 then retries for a minute.
    const hash = (context as { hashAlgo?: string }).hashAlgo;
    if (hash !== undefined) context.key.algo = hash === 'sha512' ? 'rsa-sha2-512' : 'rsa-sha2-256';
    context.accept();
    return;
  }
  const key = parseKey(publicKey);
  const { hashAlgo } = context as { hashAlgo?: string };
  const good = !(key instanceof Error) && key.verify(context.blob, context.signature, hashAlgo);
  if (good) context.accept();
  else context.reject(['publickey']);
}
