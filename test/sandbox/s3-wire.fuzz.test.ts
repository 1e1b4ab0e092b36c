/** S3 reads or refuses any aws-chunked and XML bytes, and its checksums match published values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksums } from '../../src/sandbox/s3/checksums.ts';
import { readChunked } from '../../src/sandbox/s3/chunked.ts';
import { AwsError } from '../../src/sandbox/wire/aws-error.ts';
import { parseXml } from '../../src/sandbox/wire/read-xml.ts';
import { escapeXml } from '../../src/sandbox/wire/xml.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

/** Feeds the bytes in pieces that end at `cuts`. */
function read(bytes: Buffer, cuts: readonly number[]): { content: Buffer; trailers: Record<string, string> } {
  const chunked = readChunked();
  const content: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    chunked.push(bytes.subarray(from, cut), (part) => content.push(Buffer.from(part)));
    from = Math.max(from, cut);
  }
  return { trailers: chunked.end(), content: Buffer.concat(content) };
}

function write(chunks: readonly Uint8Array[], trailers: Record<string, string>): Buffer {
  const parts = chunks
    .filter(({ length }) => length > 0)
    .flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)};chunk-signature=0\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]);
  const end = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${end.join('')}\r\n`)]);
}

describe('aws-chunked', () => {
  test('decodes to the original bytes, however the network splits it', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 });
    const cuts = fc.array(fc.nat(200), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, cuts, (given, at) => {
        const bytes = write(given, { 'x-amz-checksum-crc32': 'AAAA' });
        const found = read(
          bytes,
          at.filter((cut) => cut <= bytes.length),
        );
        expect(found.content.equals(Buffer.concat(given))).toBe(true);
        expect(found.trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAA' });
      }),
      { numRuns: Math.min(numRuns, 100_000) / 5 },
    );
  });

  test('is refused without a crash if it is truncated or malformed', () => {
    const whole = write([Buffer.from('hello'), Buffer.from('world')], { a: 'b' });
    // Trailers are optional, so the body may end after the last size line.
    for (let length = 0; length < whole.indexOf('0\r\na:b') + 3; length++) {
      expect(() => read(whole.subarray(0, length), [])).toThrow(AwsError);
    }
    const pieces = fc.constantFrom(
      '5\r\n',
      'hello',
      '\r\n',
      '0\r\n',
      'ffffffffff\r\n',
      ';',
      '\n',
      'a:b\r\n',
      '-1\r\n',
    );
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(pieces).map((p) => Buffer.from(p.join(''))),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        try {
          read(Buffer.from(bytes), []);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns },
    );
  });
});

describe('XML bodies', () => {
  test('preserve any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        // escapeXml drops only characters that XML cannot represent.
        const shown = escapeXml(text);
        const [child] = parseXml(
          `<?xml version="1.0"?><a xmlns="u"><!-- c --><b:k x='1'>${shown}</b:k><e/></a>`,
        ).children;
        expect(child?.name).toBe('k');
        expect(escapeXml(child?.text ?? '')).toBe(shown);
      }),
      { numRuns: numRuns / 2 },
    );
  });

  test.each([
    '',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a>&bad;</a>',
    '<a>&#0;</a>',
    '<!DOCTYPE a><a/>',
    '<a b=c/>',
  ])('that are no such thing (%s) are refused as MalformedXML', (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }) as Error);
  });

  test('are read or refused in linear time', () => {
    const pieces = fc.constantFrom(
      '<a>',
      '</a>',
      '<a/>',
      '&lt;',
      '&#x41;',
      '&',
      '<',
      '<!--',
      '-->',
      ' b="',
      '"',
      '<?',
      'x',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          parseXml(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns },
    );
    // A pattern that backtracks would not end within the time limit of a test.
    for (const piece of ['<a ', '<!--', '&', '<a b="'])
      expect(() => parseXml(piece.repeat(500_000))).toThrow(AwsError);
  });
});

test('checksums of 123456789 equal the published check values', () => {
  const of = (name: keyof typeof checksums): string => {
    const state = checksums[name]();
    state.update(Buffer.from('1234'));
    state.update(Buffer.from('56789'));
    return state.digest().toString('hex');
  };
  // The catalogue of CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME.
  expect([of('CRC32'), of('CRC32C'), of('CRC64NVME')]).toEqual(['cbf43926', 'e3069283', 'ae8b14860a799888']);
});
