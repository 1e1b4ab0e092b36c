/**
 * Owns one connection and the HTTP/1.1 exchanges on it, one after another. Bytes are read into one arena (`onread` of
 * net.connect and tls.connect): Node's own client makes a buffer, a chunk of a stream and three calls of every 16 KiB
 * that TLS hands over, which is twice the work of decrypting, hashing and writing them (docs/performance.md).
 */
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { chunkReader, type ChunkReader } from './chunks.ts';
import { LONGEST_HEAD, NotHttp, parseHead, type ResponseHead } from './http-head.ts';

/** Takes a piece of a body, which is good only during the call. What it throws ends the exchange and the connection. */
export type Sink = (piece: Buffer) => void;

export interface Exchange {
  /** The request, to its empty line. */
  request: string;
  /** Says where the body goes. What it throws ends the exchange and the connection. */
  onHead: (head: ResponseHead) => Sink;
  /** How many bytes came, of whatever. */
  onBytes: (count: number) => void;
}

export interface Connection {
  /** How far it is; a failure means something else in each. */
  readonly phase: 'connect' | 'handshake' | 'answer';
  /** Whether it can take another exchange. */
  readonly free: boolean;
  /** @throws what ended it early; what came of the body until then has gone to the sink */
  exchange(exchange: Exchange): Promise<void>;
  /** Ends it, and an exchange under way with this error. */
  destroy(error: Error): void;
}

/** Written to a file at once; more saves no time. */
const ARENA = 256 * 1024;
/** A TLS record. With less room than that, what is held is handed on. */
const ROOM = 16 * 1024;
/** 100 and 103, before the answer proper. */
const MOST_INTERIM = 8;

interface UnderWay extends Exchange {
  done: (error?: Error) => void;
  interim: number;
  /** Once the head is there. */
  body?: { head: ResponseHead; sink: Sink; left: number; chunks: ChunkReader | undefined };
}

/** Begins to connect; errors come with the first exchange. */
export function connect(agent: HttpAgent | HttpsAgent, url: URL): Connection {
  const isTls = url.protocol === 'https:';
  const arena = Buffer.allocUnsafeSlow(ARENA);
  // What came and is not handed on is between these.
  let from = 0;
  let to = 0;
  let phase: Connection['phase'] = 'connect';
  let ready = false;
  let ended: Error | undefined;
  let socket: Duplex | undefined;
  let now: UnderWay | undefined;

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
        // Where the arena was emptied since it was asked for, what comes still goes to where it was.
        if (from === to) from = to = into.byteOffset;
        return came(count);
      },
    },
  };
  // Through a proxy it comes later.
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
      return now === undefined && ended === undefined;
    },
    exchange: (exchange) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const done = (error?: Error): void => {
          now = undefined;
          if (error === undefined) resolve();
          else reject(error);
        };
        now = { ...exchange, done, interim: 0 };
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
    // Nothing is said before it is known to whom.
    if (isTls) opened.once('secureConnect', start);
    else if (!connecting) start();
    // A TLS connection inside another has no onread: what comes there is copied.
    opened.on('data', copied);
    opened.on('end', () => end(cutOff(), true)).on('error', (error) => end(error));
    opened.on('close', () => end(cutOff()));
  }

  function start(): void {
    phase = 'answer';
    ready = true;
    if (now !== undefined) socket?.write(now.request, 'latin1');
  }

  function copied(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const count = chunk.copy(arena, to, at);
      at += count;
      if (!came(count)) return;
    }
  }

  /** @returns whether more may come */
  function came(count: number): boolean {
    to += count;
    if (ended !== undefined) return false;
    try {
      // A server that speaks unasked is not understood any more.
      if (now === undefined) throw new NotHttp('it says more than was asked for');
      now.onBytes(count);
      if (now.body === undefined) takeHead(now);
      if (now?.body !== undefined) takeBody(now, now.body);
    } catch (error) {
      end(error as Error);
    }
    if (from === to) from = to = 0;
    return ended === undefined;
  }

  function takeHead(exchange: UnderWay): void {
    for (;;) {
      const view = arena.subarray(from, Math.min(to, from + LONGEST_HEAD));
      const text = view.toString('latin1');
      const length = text.indexOf('\r\n\r\n');
      if (length === -1) {
        if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw new NotHttp('what answers does not speak HTTP');
        if (view.length === LONGEST_HEAD || ARENA - to < ROOM) throw new NotHttp('its head is too long');
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
      if (head.status === 101 || exchange.interim > MOST_INTERIM)
        throw new NotHttp('it answers what was not asked');
    }
  }

  function takeBody(exchange: UnderWay, body: NonNullable<UnderWay['body']>): void {
    let over: boolean;
    if (body.chunks !== undefined) {
      const { used, ended: last } = body.chunks(arena.subarray(from, to), body.sink);
      from += used;
      over = last;
    } else {
      // LockMatch until it is worth a write, or all of it.
      if (body.left > to - from && ARENA - to >= ROOM) return;
      handOn(body);
      over = body.left === 0;
    }
    if (!over) return;
    const reusable = body.head.keepAlive && from === to;
    exchange.done();
    if (!reusable) end(cutOff());
  }

  function handOn(body: NonNullable<UnderWay['body']>): void {
    const piece = arena.subarray(from, from + Math.min(body.left, to - from));
    from += piece.length;
    body.left -= piece.length;
    if (piece.length > 0) body.sink(piece);
  }

  /** @param orderly the server has closed its side, which is how some bodies end */
  function end(error: Error, orderly = false): void {
    if (ended !== undefined) return;
    ended = error;
    socket?.destroy();
    if (now === undefined) return;
    const { body, done } = now;
    try {
      if (body !== undefined && body.chunks === undefined) handOn(body);
      done(orderly && body?.head.body.by === 'close' ? undefined : error);
    } catch (thrown) {
      done(thrown as Error);
    }
  }
}

/** A connection that ended without a word of why. */
function cutOff(): Error {
  return Object.assign(new Error('the connection was cut off'), { code: 'ECONNRESET' });
}
