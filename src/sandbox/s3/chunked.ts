/**
 * Decodes aws-chunked uploads: `<hex size>[;chunk-signature=…]CRLF bytes CRLF … 0 CRLF trailers CRLF` (S3 API
 * reference, "Signature calculations for chunked uploads with trailing headers"). It does not check chunk signatures:
 * this account has no secrets.
 */
import { AwsError } from '../wire/aws-error.ts';

export interface Chunked {
  /** @param data receives each piece of content @throws AwsError IncompleteBody */
  push(bytes: Buffer, data: (content: Buffer) => void): void;
  /** @returns the trailing headers, names in lower case @throws AwsError IncompleteBody if the end is missing */
  end(): Record<string, string>;
}

/** Clients write shorter size lines and trailers than this. */
const MAX_LINE_LENGTH = 8192;
const MAX_TRAILERS = 100;

export function readChunked(): Chunked {
  let state: 'size' | 'data' | 'data end' | 'trailers' | 'done' = 'size';
  let line = '';
  let left = 0;
  const trailers = new Map<string, string>();

  /** Reads a line up to its CRLF; undefined if the rest of it is in the next buffer. */
  function takeLine(bytes: Buffer, at: number): { text: string; next: number } | undefined {
    const end = bytes.indexOf(0x0a, at);
    line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (line.length > MAX_LINE_LENGTH) throw incomplete();
    if (end === -1) return undefined;
    if (!line.endsWith('\r')) throw incomplete();
    const text = line.slice(0, -1);
    line = '';
    return { text, next: end + 1 };
  }

  function size(text: string): void {
    const found = /^([0-9a-fA-F]{1,10})(?:;.*)?$/.exec(text);
    if (!found) throw incomplete();
    left = Number.parseInt(found[1] as string, 16);
    state = left === 0 ? 'trailers' : 'data';
  }

  function trailer(text: string): void {
    if (text === '') {
      state = 'done';
      return;
    }
    const colon = text.indexOf(':');
    if (colon < 1 || trailers.size >= MAX_TRAILERS) throw incomplete();
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }

  return {
    push(bytes, data) {
      let at = 0;
      while (at < bytes.length) {
        if (state === 'done') throw incomplete();
        if (state === 'data') {
          const part = bytes.subarray(at, at + left);
          data(part);
          at += part.length;
          left -= part.length;
          if (left === 0) state = 'data end';
          continue;
        }
        const taken = takeLine(bytes, at);
        if (!taken) return;
        at = taken.next;
        if (state === 'size') size(taken.text);
        else if (state === 'trailers') trailer(taken.text);
        else if (taken.text === '') state = 'size';
        else throw incomplete();
      }
    },
    end() {
      // Without trailers, some clients omit the final empty line.
      if (state !== 'done' && !(state === 'trailers' && line === '')) throw incomplete();
      return Object.fromEntries(trailers);
    },
  };
}

function incomplete(): AwsError {
  return new AwsError(
    'IncompleteBody',
    'The request body terminated unexpectedly, or is not aws-chunked as its headers say.',
  );
}
