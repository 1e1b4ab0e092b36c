/** Checks a connection against what servers do while it is reused: over TCP and TLS, by name and by address. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { connections } from '../../src/assets/connections.ts';
import { httpGet, type HttpClient } from '../../src/assets/http.ts';
import { AssetError } from '../../src/assets/asset-error.ts';
import { ecKey, makeCertificate, pem } from '../image/support/make-certificate.ts';

const key = ecKey();
const cert = pem(makeCertificate({ key, commonName: 'localhost', keyUsage: [0, 5] }));
const secret = { key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };

const opened: { server: Server; net: HttpClient; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, net: used, sockets } of opened.splice(0)) {
    used.connections.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Place {
  url: string;
  net: HttpClient;
  /** Number of connections so far. */
  count: () => number;
}

/** @param answer called for each request, with its socket and its number on that socket */
async function serve(
  answer: (socket: Socket, nth: number) => void,
  isTls = false,
  stallSeconds = 5,
): Promise<Place> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    let nth = 0;
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (; text.includes('\r\n\r\n'); text = text.slice(text.indexOf('\r\n\r\n') + 4))
        answer(socket, (nth += 1));
    });
  };
  const server = isTls ? tls.createServer(secret, onSocket) : net.createServer(onSocket);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const agents = { https: new https.Agent({ ca: cert }), http: new http.Agent() };
  const used: HttpClient = { connections: connections(agents), mayRedirect: () => false, stallSeconds };
  opened.push({ server, net: used, sockets });
  const { port } = server.address() as AddressInfo;
  return { url: `${isTls ? 'https' : 'http'}://localhost:${port}/a?b`, net: used, count: () => sockets.size };
}

async function body({ url, net: used }: Place, pieces: number[] = []): Promise<Buffer> {
  const got: Buffer[] = [];
  await httpGet(used, {
    name: 'a',
    url,
    onAnswer: () => (piece) => {
      pieces.push(piece.length);
      got.push(Buffer.from(piece));
    },
  });
  return Buffer.concat(got);
}

async function problemOf(work: Promise<unknown>): Promise<AssetError['problem']> {
  const error: unknown = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AssetError)) throw error;
  return error.problem;
}

const ok = (length: number, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n${more}\r\n`;

describe.each([
  ['TCP', false],
  ['TLS', true],
])('a connection over %s', (_, isTls) => {
  it('is reused, and passes large bodies on in large pieces', async () => {
    const bytes = randomBytes(3_000_000);
    const place = await serve(
      (socket) => socket.write(Buffer.concat([Buffer.from(ok(bytes.length)), bytes])),
      isTls,
    );
    const pieces: number[] = [];
    for (let times = 0; times < 3; times++) expect((await body(place, pieces)).equals(bytes)).toBe(true);
    expect(place.count()).toBe(1);
    expect(pieces.length).toBeLessThan(60);
  });

  it('that the server closed while it was idle is replaced', async () => {
    const place = await serve(
      (socket, nth) => (nth === 1 ? socket.write(`${ok(2)}ok`) : socket.destroy()),
      isTls,
    );
    expect((await body(place)).toString()).toBe('ok');
    expect((await body(place)).toString()).toBe('ok');
    expect(place.count()).toBe(2);
  });

  it('is not reused after "Connection: close" or unrequested data', async () => {
    const close = await serve((socket) => socket.write(`${ok(2, 'Connection: close\r\n')}ok`), isTls);
    await body(close);
    await body(close);
    expect(close.count()).toBe(2);
    const more = await serve((socket) => socket.write(`${ok(2)}ok${ok(4)}evil`), isTls);
    expect((await body(more)).toString()).toBe('ok');
    expect((await body(more)).toString()).toBe('ok');
    expect(more.count()).toBe(2);
  });

  it('delivers chunked bodies, bodies that end with it, and empty ones, and skips 100 and 103', async () => {
    const chunked =
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n4\r\ndefg\r\n0\r\nx: y\r\n\r\n';
    const place = await serve((socket, nth) => {
      if (nth === 1) socket.write(chunked);
      else if (nth === 2)
        socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${ok(0)}`);
      else socket.end('HTTP/1.1 200 OK\r\n\r\nto the end');
    }, isTls);
    expect((await body(place)).toString()).toBe('abcdefg');
    expect((await body(place)).toString()).toBe('');
    expect((await body(place)).toString()).toBe('to the end');
    expect(place.count()).toBe(1);
  });

  it('that is cut off in a body delivers what arrived, in chunks too', async () => {
    for (const head of [ok(1000), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n']) {
      const place = await serve((socket) => socket.write(`${head}abc`, () => socket.destroy()), isTls);
      let got = '';
      const onAnswer = () => (piece: Buffer) => void (got += piece.toString());
      const failure = await problemOf(httpGet(place.net, { name: 'a', url: place.url, onAnswer }));
      expect(failure).toMatchObject({ code: 'ASSET_UNREACHABLE', retryable: true });
      expect(got).toBe('abc');
    }
  });

  it('that stalls is ended, in the head and in the body', async () => {
    for (const text of ['', 'HTTP/1.1 200', `${ok(100_000)}abc`, 'HTTP/1.1 200 OK\r\n\r\nto no end']) {
      const place = await serve((socket) => socket.write(text), isTls, 0.2);
      expect(await problemOf(body(place))).toMatchObject({ code: 'ASSET_STALLED', retryable: true });
    }
  });

  it('to a server that does not speak HTTP fails with a reason', async () => {
    for (const text of ['SSH-2.0-OpenSSH_9\r\n', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`]) {
      const place = await serve((socket) => socket.write(text), isTls);
      expect((await problemOf(body(place))).code).toBe('ASSET_UNREACHABLE');
    }
  });

  it('ends with the error that the receiver throws', async () => {
    const place = await serve((socket) => socket.write(`${ok(2)}ok`), isTls);
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const refuse = (): never => {
      throw full;
    };
    await expect(httpGet(place.net, { name: 'a', url: place.url, onAnswer: refuse })).rejects.toBe(full);
    await expect(httpGet(place.net, { name: 'a', url: place.url, onAnswer: () => refuse })).rejects.toBe(
      full,
    );
    expect((await body(place)).toString()).toBe('ok');
  });

  it('is ended by a signal', async () => {
    const place = await serve(() => {}, isTls);
    const stop = new AbortController();
    const asked = httpGet(place.net, {
      name: 'a',
      url: place.url,
      signal: stop.signal,
      onAnswer: () => () => {},
    });
    setTimeout(() => stop.abort(), 50);
    expect((await problemOf(asked)).code).toBe('ASSET_UNREACHABLE');
  });
});

it('sends no request over TLS before it has verified the server', async () => {
  let asked = 0;
  const place = await serve(() => (asked += 1), true);
  const stranger = connections({ https: new https.Agent(), http: new http.Agent() });
  const wanted = { ...place, net: { ...place.net, connections: stranger } };
  expect((await problemOf(body(wanted))).code).toBe('ASSET_TLS_CA');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(0);
});

it('refuses to send a header that could start another request', async () => {
  const place = await serve((socket) => socket.write(`${ok(2)}ok`));
  const used = { ...place.net, token: 'a\r\nx: y' };
  await expect(
    httpGet(used, { name: 'a', url: place.url, authorized: true, onAnswer: () => () => {} }),
  ).rejects.toThrow('authorization');
});
