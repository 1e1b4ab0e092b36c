/**
 * One connection and the HTTP/1.1 exchanges on it, one after another. It reads into one arena (`onread` of net.connect
 * and tls.connect). Node's own client and undici allocate for every 16 KiB that TLS decrypts: with either, fetching over
 * HTTPS takes 1.2 to 1.8 times the CPU and exceeds the memory goal (docs/decisions/0020-http-client-for-assets.md,
 * docs/performance.md).
 */
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { chunkReader, type ChunkReader } from './chunks.ts';
import { LONGEST_HEAD, NotHttp, parseHead, type ResponseHead } from './http-head.ts';

/** Takes a piece of a body, valid only during the call. An error it throws ends the exchange and the connection. */
export type Sink = (piece: Buffer) => void;

export interface Exchange {
  /** The request, including its empty line. */
  request: string;
  /** Returns the sink of the body. An error it throws ends the exchange and the connection. */
  onHead: (head: ResponseHead) => Sink;
  /** Counts received bytes, of heads and bodies alike. */
  onBytes: (count: number) => void;
}

export interface Connection {
  /** How far the connection is; the same failure means something different in each phase. */
  readonly phase: 'connect' | 'handshake' | 'answer';
  /** Whether it can start another exchange. */
  readonly free: boolean;
  /** @throws the error that ended it early; the sink has received the body up to there */
  exchange(exchange: Exchange): Promise<void>;
  /** Ends the connection; an exchange in progress fails with this error. */
  destroy(error: Error): void;
}

/** Written to a file in one call; a larger arena saves no time. */
const ARENA = 256 * 1024;
/** Size of a TLS record. With less room left than that, the arena is flushed to the sink. */
const MIN_ROOM = 16 * 1024;
/** 100 and 103 responses that may precede the final one. */
const MAX_INTERIM = 8;

interface CurrentExchange extends Exchange {
  done: (error?: Error) => void;
  interim: number;
  /** Set once the head has arrived. */
  body?: { head: ResponseHead; sink: Sink; left: number; chunks: ChunkReader | undefined };
}

/** Starts to connect; the first exchange reports errors. */
export function connect(agent: HttpAgent | HttpsAgent, url: URL): Connection {
  const isTls = url.protocol === 'https:';
  const arena = Buffer.allocUnsafeSlow(ARENA);
  // Received bytes that no one has consumed yet are between these offsets.
  let from = 0;
  let to = 0;
  let phase: Connection['phase'] = 'connect';
  let ready = false;
  let ended: Error | undefined;
  let socket: Duplex | undefined;
  let current: CurrentExchange | undefined;

  const host = url.hostname.replace(/^\[|\]$/g, '');
  const options = {
    ...(agent as { options?: object }).options,
    host,
    port: Number(url.port) || (isTls ? 443 : 80),
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    onread: {
      buffer: () => arena.subarray(to === ARENA ? 0 : to),
      callback(count: number, into: Uint8Array) {
        // If the arena was flushed after Node chose this place, the bytes are at that place and not at the start.
        if (from === to) from = to = into.byteOffset;
        return received(count);
      },
    },
  };
  // Through a proxy, the socket arrives later.
  const made = agent.createConnection(options, (error, late) => {
    if (error) end(error);
    else if (socket === undefined) begin(late);
  });
  if (made && socket === undefined) begin(made);

  return {
    get phase() {
      return phase;
    },
    get free() {
      return current === undefined && ended === undefined;
    },
    exchange: (exchange) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const done = (error?: Error): void => {
          current = undefined;
          if (error === undefined) resolve();
          else reject(error);
        };
        current = { ...exchange, done, interim: 0 };
        if (ready) socket?.write(exchange.request, 'latin1');
      }),
    destroy: (error) => end(error),
  };

  function begin(opened: Duplex): void {
    socket = opened;
    if (ended !== undefined) return void opened.destroy();
    const { connecting } = opened as Socket;
    phase = connecting ? 'connect' : isTls ? 'handshake' : 'answer';
    if (connecting) opened.once('connect', () => (isTls ? (phase = 'handshake') : start()));
    // No request is written before the server's certificate is verified.
    if (isTls) opened.once('secureConnect', start);
    else if (!connecting) start();
    // A TLS connection inside another one ignores onread: its data is copied.
    opened.on('data', copyIn);
    opened.on('end', () => end(cutOff(), true)).on('error', (error) => end(error));
    opened.on('close', () => end(cutOff()));
  }

  function start(): void {
    phase = 'answer';
    ready = true;
    if (current !== undefined) socket?.write(current.request, 'latin1');
  }

  function copyIn(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const count = chunk.copy(arena, to, at);
      at += count;
      if (!received(count)) return;
    }
  }

  /** @returns whether more data may come */
  function received(count: number): boolean {
    to += count;
    if (ended !== undefined) return false;
    try {
      // Data without a request means that the framing is out of step.
      if (current === undefined) throw new NotHttp('it sends data without a request');
      current.onBytes(count);
      if (current.body === undefined) takeHead(current);
      if (current?.body !== undefined) takeBody(current, current.body);
    } catch (error) {
      end(error as Error);
    }
    if (from === to) from = to = 0;
    return ended === undefined;
  }

  function takeHead(exchange: CurrentExchange): void {
    for (;;) {
      const view = arena.subarray(from, Math.min(to, from + LONGEST_HEAD));
      const text = view.toString('latin1');
      const length = text.indexOf('\r\n\r\n');
      if (length === -1) {
        if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw new NotHttp('the server does not speak HTTP');
        if (view.length === LONGEST_HEAD || ARENA - to < MIN_ROOM) throw new NotHttp('its head is too long');
        return;
      }
      const head = parseHead(text.slice(0, length));
      from += length + 4;
      if (head.status >= 200) {
        const left = head.body.by === 'length' ? head.body.length : Number.POSITIVE_INFINITY;
        const chunks = head.body.by === 'chunks' ? chunkReader() : undefined;
        exchange.body = { head, sink: exchange.onHead(head), left, chunks };
        return;
      }
      exchange.interim += 1;
      if (head.status === 101 || exchange.interim > MAX_INTERIM)
        throw new NotHttp('it sends an unexpected informational response');
    }
  }

  function takeBody(exchange: CurrentExchange, body: NonNullable<CurrentExchange['body']>): void {
    let complete: boolean;
    if (body.chunks !== undefined) {
      const { used, ended: last } = body.chunks(arena.subarray(from, to), body.sink);
      from += used;
      complete = last;
    } else {
      // Kept until there is enough for one write, or all of it.
      if (body.left > to - from && ARENA - to >= MIN_ROOM) return;
      flush(body);
      complete = body.left === 0;
    }
    if (!complete) return;
    const reusable = body.head.keepAlive && from === to;
    exchange.done();
    if (!reusable) end(cutOff());
  }

  function flush(body: NonNullable<CurrentExchange['body']>): void {
    const piece = arena.subarray(from, from + Math.min(body.left, to - from));
    from += piece.length;
    body.left -= piece.length;
    if (piece.length > 0) body.sink(piece);
  }

  /** @param orderly the server closed its side, which is how some bodies end */
  function end(error: Error, orderly = false): void {
    if (ended !== undefined) return;
    ended = error;
    socket?.destroy();
    if (current === undefined) return;
    const { body, done } = current;
    try {
      if (body !== undefined && body.chunks === undefined) flush(body);
      done(orderly && body?.head.body.by === 'close' ? undefined : error);
    } catch (thrown) {
      done(thrown as Error);
    }
  }
}

/** The error of a connection that ended without one. */
function cutOff(): Error {
  return Object.assign(new Error('the connection was cut off'), { code: 'ECONNRESET' });
}
