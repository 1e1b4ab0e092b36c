/** Compares the HTTP parser with Node's client: every response is read alike, or refused. */
import http from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/assets/connection.ts';
import { NotHttp, parseHead } from '../../src/assets/http-head.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);

interface Answer {
  status: number;
  type: string | undefined;
  body: string;
}

/** A connection that delivers these pieces and then ends. */
function line(pieces: readonly Buffer[]): Duplex {
  let asked = false;
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
      if (asked) return;
      asked = true;
      for (const piece of pieces) if (piece.length > 0) this.push(piece);
      this.push(null);
    },
  });
}

async function ours(pieces: readonly Buffer[]): Promise<Answer | string> {
  const agent = new http.Agent();
  agent.createConnection = () => line(pieces);
  const connection = connect(agent, new URL('http://a.example/'));
  const body: Buffer[] = [];
  const answer = { status: 0, type: undefined as string | undefined };
  try {
    await connection.exchange({
      request: 'GET / HTTP/1.1\r\n\r\n',
      onHead(head) {
        [answer.status, answer.type] = [head.status, head.headers['content-type']];
        return (piece) => body.push(Buffer.from(piece));
      },
      onBytes() {},
    });
  } catch (error) {
    if (!(error instanceof NotHttp || (error as NodeJS.ErrnoException).code === 'ECONNRESET')) throw error;
    return (error as Error).message;
  } finally {
    connection.destroy(new Error('over'));
  }
  return { ...answer, body: Buffer.concat(body).toString('latin1') };
}

function nodes(pieces: readonly Buffer[]): Promise<Answer | string> {
  return new Promise((resolve) => {
    const request = http.request({ host: 'a.example', createConnection: () => line(pieces) });
    request.on('error', (error) => resolve(error.message));
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve('upgrade');
    });
    request.on('response', (response) => {
      const body: Buffer[] = [];
      const end = (): void => {
        const { statusCode: status = 0, headers, complete } = response;
        const whole = { status, type: headers['content-type'], body: Buffer.concat(body).toString('latin1') };
        resolve(complete ? whole : 'incomplete');
      };
      response.on('data', (chunk: Buffer) => body.push(chunk));
      response.on('error', end).on('end', end).on('close', end);
    });
    request.end();
  });
}

const mostly = <T>(usual: T, ...odd: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 60, arbitrary: fc.constant(usual) }, ...odd.map((one) => fc.constant(one)));
const end = mostly('\r\n', '\n', '\r', '\r\r\n', ' \r\n', '\r\n ', '\0\r\n');
const start = fc
  .tuple(
    mostly('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n', '\r\n', 'x'),
    mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'ICY', 'HTTP/1.1 '),
    mostly(' 200', ' 206', ' 204', ' 304', ' 101', ' 099', ' 20', ' 2000', ' 2 0', '\t200'),
    mostly(' OK', '', ' ', ' \x80', ' a\x01'),
    end,
  )
  .map((parts) => parts.join(''));
const name = mostly('content-type', 'Content-Type', 'x', 'x ', ' x', '', 'é', 'x\t', 'connection');
const header = fc
  .tuple(
    name,
    mostly(':', ' :', '', '::'),
    mostly(' text/plain', '', ' a\x80', ' a\x7f', ' \0', ' close'),
    end,
  )
  .map((parts) => parts.join(''));
const lengths = (size: number): fc.Arbitrary<string> =>
  mostly(
    String(size),
    String(size - 1),
    String(size + 1),
    `+${size}`,
    `0${size}`,
    `${size} ${size}`,
    `${size},${size}`,
    ` ${size} `,
    '',
    '-1',
    '0x1',
    '1e1',
    '99999999999999999999',
  );
const chunk = fc
  .tuple(
    fc.string({ maxLength: 20 }),
    mostly('', ';a=b', ' ;a', ';', ' ', ';a="b', 'g', '\t', ';\x01'),
    end,
    end,
    mostly(0, 1, -1),
  )
  .map(([text, extension, first, second, off]) => {
    const size = Math.max(0, text.length + off);
    return `${size.toString(16)}${extension}${first}${text}${second}`;
  });
const framed = fc.oneof(
  fc.tuple(fc.string({ maxLength: 60 }), end).chain(([body, ending]) =>
    fc.tuple(
      lengths(body.length).map((length) => `content-length: ${length}${ending}`),
      fc.constant(body),
    ),
  ),
  fc.tuple(
    mostly(
      'transfer-encoding: chunked\r\n',
      'Transfer-Encoding: Chunked\r\n',
      'transfer-encoding: gzip, chunked\r\n',
      'transfer-encoding: chunked\r\ncontent-length: 3\r\n',
      'content-length: 3\r\ntransfer-encoding: chunked\r\n',
      'transfer-encoding: xchunked\r\n',
      'transfer-encoding: chunked, chunked\r\n',
      'transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n',
      'transfer-encoding:\r\n',
    ),
    fc
      .tuple(
        fc.array(chunk, { maxLength: 4 }),
        mostly('0\r\n', '00\r\n', '0;x\r\n', '0\n'),
        mostly('\r\n', 'a: b\r\n\r\n', '\r\nx', 'a\r\n\r\n', ''),
      )
      .map(([chunks, last, trailers]) => [...chunks, last, trailers].join('')),
  ),
  fc.tuple(
    mostly('', 'content-length: 2\r\ncontent-length: 2\r\n', 'content-length: 2\r\ncontent-length: 3\r\n'),
    fc.string({ maxLength: 40 }),
  ),
);
const answer = fc
  .tuple(start, fc.array(header, { maxLength: 3 }), framed, mostly('\r\n', '\n', ''))
  .map(([first, headers, [framing, body], empty]) =>
    Buffer.from([first, ...headers, framing, empty, body].join(''), 'latin1'),
  );
const cuts = fc.array(fc.nat(300), { maxLength: 5 });

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const sorted = [0, ...[...at].sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
}

/** The shortest beginning of these bytes that is the same response. */
async function shortest(bytes: Buffer, whole: Answer): Promise<Buffer> {
  for (let length = 0; length < bytes.length; length++) {
    const begun = bytes.subarray(0, length);
    const read = await ours([begun]);
    if (typeof read !== 'string' && read.body === whole.body && read.status === whole.status) return begun;
  }
  return bytes;
}

describe('an HTTP response', () => {
  it('is read as Node reads it, or refused, wherever it is split', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(answer, cuts, async (bytes, at) => {
        const whole = await ours([bytes]);
        const cutUp = await ours(cut(bytes, at));
        if (typeof whole === 'string') {
          expect(typeof cutUp).toBe('string');
          return;
        }
        accepted += 1;
        expect(cutUp).toEqual(whole);
        // Node refuses some responses for the bytes that follow; here, such bytes end the connection only.
        const theirs = await nodes([bytes]);
        expect(typeof theirs === 'string' ? await nodes([await shortest(bytes, whole)]) : theirs).toEqual(
          whole,
        );
      }),
      { numRuns: Math.ceil(runs / 8) },
    );
    // Otherwise nothing was compared.
    expect(accepted).toBeGreaterThan(runs / 40);
  });

  it('of any bytes ends in a response or an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (noise, begun) => {
        const head = begun ? 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' : '';
        await ours([Buffer.from(head), Buffer.from(noise)]);
      }),
      { numRuns: Math.ceil(runs / 8) },
    );
  });

  it('keeps the first value of a repeated header', () => {
    expect(parseHead('HTTP/1.1 200 OK\r\nETag: a\r\netag: b').headers['etag']).toBe('a');
    expect(parseHead('HTTP/1.1 200 OK\r\n__proto__: a').headers['__proto__']).toBe('a');
  });
});
