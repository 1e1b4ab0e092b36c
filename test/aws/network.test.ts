/** Tests proxies and CAs with a real CONNECT proxy, a real TLS server with a corporate CA, and the sandbox behind both. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCallerIdentity } from '../../src/aws/identity.ts';
import { goesDirect, httpsAgent } from '../../src/aws/network.ts';
import { openSession } from '../../src/aws/session.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { ecKey, makeCertificate, pem } from '../image/support/make-certificate.ts';
import { anyone } from '../support/account.ts';
import { emptyFolder } from '../support/project.ts';

const folder = emptyFolder();
const key = ecKey();
const ca = pem(makeCertificate({ key, commonName: 'localhost', keyUsage: [0, 5] }));
const bundle = path.join(folder, 'ca.pem');
const tunnels: string[] = [];
let sandbox: Sandbox;
let endpoint: string;
let proxy: string;
const servers: net.Server[] = [];

async function listen(server: net.Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  fs.writeFileSync(bundle, ca);
  sandbox = await openSandbox({ state: path.join(folder, 'state') });
  const inner = Number(new URL(sandbox.endpoint).port);
  const secure = tls.createServer(
    { key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: ca },
    (socket) => {
      const onward = net.connect(inner, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      socket.on('error', () => onward.destroy());
    },
  );
  endpoint = `https://localhost:${await listen(secure)}`;
  const corporate = http.createServer().on('connect', (request, socket: net.Socket) => {
    tunnels.push(request.url ?? '');
    const onward = net.connect(Number(new URL(`http://${request.url}`).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
  });
  proxy = `http://127.0.0.1:${await listen(corporate)}`;
});
afterAll(async () => {
  await sandbox.close();
  for (const server of servers) server.close();
});

async function ask(env: Record<string, string>, trust: string[] = []): Promise<string> {
  tunnels.length = 0;
  const aws = openSession({ env, trust, endpoint, credentials: anyone });
  try {
    return (await readCallerIdentity(aws, 'us-east-1')).account;
  } finally {
    aws.close();
  }
}

describe('a session behind a firewall', () => {
  it('trusts only AWS_CA_BUNDLE or the certificates of bakery.yaml', async () => {
    expect(await ask({ AWS_CA_BUNDLE: bundle })).toBe('111122223333');
    expect(await ask({}, [ca])).toBe('111122223333');
    await expect(ask({})).rejects.toMatchObject({ code: 'AWS_UNREACHABLE', exit: 3 });
  }, 30_000);

  it('uses HTTPS_PROXY in lower and upper case', async () => {
    await ask({ HTTPS_PROXY: proxy }, [ca]);
    expect(tunnels).toEqual([new URL(endpoint).host]);
    await ask({ https_proxy: proxy, AWS_CA_BUNDLE: bundle });
    expect(tunnels).toHaveLength(1);
  });

  it('bypasses the proxy for hosts in NO_PROXY', async () => {
    await ask({ HTTPS_PROXY: proxy, NO_PROXY: 'corp.example, localhost' }, [ca]);
    expect(tunnels).toEqual([]);
  });

  it('reports an invalid proxy address at once, without its password', () => {
    const make = (): unknown => httpsAgent({ HTTPS_PROXY: '//me:secret@proxy:3128' }, []);
    expect(make).toThrow(/HTTPS_PROXY.*\*\*\*@proxy/);
    expect(make).not.toThrow(/secret/);
  });

  it('names the file that it could not read', () => {
    expect(() => httpsAgent({ AWS_CA_BUNDLE: '/absent.pem' }, [])).toThrow(/absent\.pem.*AWS_CA_BUNDLE/);
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['ec2.us-east-1.amazonaws.com', '.amazonaws.com', true],
    ['ec2.us-east-1.amazonaws.com', 'amazonaws.com', true],
    ['ec2.us-east-1.amazonaws.com', '*.amazonaws.com', true],
    ['notamazonaws.com', 'amazonaws.com', false],
    ['Example.COM', 'example.com', true],
    ['example.com', 'example.com:8443', false],
    ['example.com', 'example.com:443', true],
    ['127.0.0.1', 'localhost,127.0.0.1', true],
    ['fd00:ec2::254', '[fd00:ec2::254]', true],
    ['anything', '*', true],
    ['anything', '', false],
  ])('%s is %s in %s', (host, entry, direct) => {
    expect(goesDirect(host, undefined, entry)).toBe(direct);
  });
});
