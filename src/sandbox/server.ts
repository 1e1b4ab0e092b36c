/** The HTTP server on 127.0.0.1, including the faults of the connection. */
import { closeSync, createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BakeError } from '../errors/bake-error.ts';
import { answer, type Account, type WireRequest } from './answer.ts';
import { browserRefusal } from './browser.ts';
import { control } from './control.ts';
import { isUpload, receiveUpload } from './s3/upload.ts';

export interface Listener {
  endpoint: string;
  port: number;
  /** Starts answering; requests wait until then. */
  serve(account: Account, clockSet: () => void): void;
  close(): Promise<void>;
}

const MAX_BODY = 10_000_000;
/** How long a pending answer may take after the server starts to close. */
const LAST_ANSWERS_MS = 200;

/** @throws BakeError PORT_TAKEN */
export async function openListener(port: number): Promise<Listener> {
  const watchers = new Set<ServerResponse>();
  let open: ((ready: { account: Account; clockSet: () => void }) => void) | undefined;
  const ready = new Promise<{ account: Account; clockSet: () => void }>((resolve) => {
    open = resolve;
  });
  const server = createServer((request, response) => {
    response.sendDate = false;
    // The client may disconnect at any time.
    response.on('error', () => response.destroy());
    handle(request, response, ready, watchers).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;
  await bind(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    port: bound,
    serve: (account, clockSet) => open?.({ account, clockSet }),
    close: () => close(server, watchers),
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new BakeError('PORT_TAKEN', { port, reason: error.message }, { cause: error })),
    );
    server.listen(port, '127.0.0.1', () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

async function close(server: Server, watchers: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // Watchers see their connection end now that the port is free.
  for (const watcher of watchers) watcher.destroy();
  const timer = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearTimeout(timer);
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  ready: Promise<{ account: Account; clockSet: () => void }>,
  watchers: Set<ServerResponse>,
): Promise<void> {
  const headers = singleHeaders(request);
  if (isUpload(request.method, request.url ?? '', headers) && refusalOf(request) === undefined) {
    const { account } = await ready;
    const upload = await receiveUpload(request, headers, account.files);
    try {
      await reply(request, response, account, { headers, body: '', upload });
    } finally {
      if ('content' in upload) upload.content.drop();
    }
    return;
  }
  const body = await readBody(request);
  const { account, clockSet } = await ready;
  response.setHeader('date', account.clock.now().toUTCString());
  const refused = body === undefined ? 'the body is larger than 10 MB' : refusalOf(request);
  if (body === undefined || refused !== undefined) {
    response.writeHead(body === undefined ? 413 : 403, { 'content-type': 'text/plain', connection: 'close' });
    response.end(`${refused}\n`);
    return;
  }
  const url = request.url ?? '/';
  const method = request.method ?? 'GET';
  if (url.startsWith('/_sandbox/')) {
    control({ account, clockSet, watchers }, { method, path: url.split('?')[0] as string, body }, response);
    return;
  }
  await reply(request, response, account, { headers, body });
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  account: Account,
  content: Pick<WireRequest, 'headers' | 'body' | 'upload'>,
): Promise<void> {
  const { slowMs = 0 } = account.faults.current;
  if (slowMs > 0) await sleep(slowMs);
  const place = { method: request.method ?? 'GET', url: request.url ?? '/' };
  const { status, headers, body, file } = await answer(account, { ...place, ...content });
  response.setHeader('date', account.clock.now().toUTCString());
  if (account.faults.losesAnswer()) {
    if (file) closeSync(file.descriptor);
    request.socket.destroy();
    return;
  }
  const length = file?.length ?? Buffer.byteLength(body);
  // The headers of a HEAD answer contain the length of the body that is not sent, so they come last.
  response.writeHead(status, { ...(status === 204 ? {} : { 'content-length': length }), ...headers });
  if (!file) {
    response.end(body);
  } else if (file.length === 0) {
    closeSync(file.descriptor);
    response.end();
  } else {
    const { descriptor: fd, start } = file;
    const stream = createReadStream('', { fd, start, end: start + file.length - 1 });
    await pipeline(stream, response);
  }
}

function refusalOf({ method, url, headers }: IncomingMessage): string | undefined {
  return browserRefusal(method, url ?? '/', headers);
}

/** The body as text, undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  return size > MAX_BODY ? undefined : Buffer.concat(chunks).toString('utf8');
}

function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );
}
