/**
 * Owns reading tar: ustar with the extensions of pax and GNU that are in use (POSIX.1-2017 "pax Interchange Format";
 * GNU tar manual, "Basic Tar Format"). A stream in, entries with their content out; what is doubtful is refused.
 */
import type { ArchiveEntry } from './entry.ts';

export interface RawEntry {
  entry: ArchiveEntry | { kind: 'other'; path: string; what: string };
  /** To be read before the next entry is asked for; what is left is skipped. */
  content: AsyncIterable<Buffer>;
}

/** Why the bytes are no tar that is read here. */
export class NotTar extends Error {}

const BLOCK = 512;
/** Longest extension header: paths are far shorter. */
const MOST_EXTENSION = 1024 * 1024;

/**
 * Reads `bytes` to their end, where decompressors keep their sums; or gives them up with the caller.
 * @throws NotTar, and what reading `bytes` throws
 */
export async function* tarEntries(bytes: AsyncIterable<Buffer>): AsyncGenerator<RawEntry> {
  const source = sourceOf(bytes);
  try {
    yield* entriesIn(source);
    await source.drain();
  } finally {
    await source.close();
  }
}

async function* entriesIn(source: Source): AsyncGenerator<RawEntry> {
  let pax: Record<string, string> = {};
  const global: Record<string, string> = {};
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let first = true; ; first = false) {
    const block = await source.read(BLOCK);
    if (block === undefined || block.every((byte) => byte === 0)) {
      if (first) throw new NotTar('it is no tar');
      // Two blocks of zeros end an archive; what may stand behind them is nobody's.
      return;
    }
    if (block.length < BLOCK || !checksumFits(block))
      throw new NotTar(first ? 'it is no tar' : 'it is damaged');
    const type = block.toString('latin1', 156, 157);
    const size = number(block, 124, 12);
    if (size === undefined) throw new NotTar('it has a size that cannot be');
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      if (size > MOST_EXTENSION) throw new NotTar('it has a header of more than a mebibyte');
      const text = await source.read(size);
      if (text === undefined || text.length < size) throw new NotTar('it is cut off');
      await source.skip(padding(size));
      if (type === 'x') pax = records(text);
      else if (type === 'g') Object.assign(global, records(text));
      else if (type === 'L') longName = untilNul(text);
      else longLink = untilNul(text);
      continue;
    }
    const all: Record<string, string> = { ...global, ...pax };
    if (Object.keys(all).some((key) => key.startsWith('GNU.sparse'))) throw new NotTar('it has sparse files');
    const real = all['size'] === undefined ? size : decimal(all['size']);
    if (real === undefined) throw new NotTar('it has a size that cannot be');
    const path = all['path'] ?? longName ?? ustarName(block);
    const target = all['linkpath'] ?? longLink ?? untilNul(block.subarray(157, 257));
    const entry = entryOf(type, path, target, number(block, 100, 8) ?? 0, real);
    // Links and folders have no content, whatever their header says (GNU tar skips none for them).
    const length = entry.kind === 'file' || entry.kind === 'other' ? real : 0;
    const content = source.content(length);
    yield { entry, content: content.chunks };
    await content.rest();
    await source.skip(padding(length));
    pax = {};
    longName = undefined;
    longLink = undefined;
  }
}

function entryOf(type: string, path: string, target: string, mode: number, size: number): RawEntry['entry'] {
  // A name with a slash at its end was a folder before ustar had a type for it.
  if (type === '5' || ((type === '0' || type === '\0') && path.endsWith('/')))
    return { kind: 'folder', path, mode };
  if (type === '0' || type === '\0' || type === '7') return { kind: 'file', path, mode, size };
  if (type === '1') return { kind: 'hardlink', path, target };
  if (type === '2') return { kind: 'link', path, target };
  const what =
    { '3': 'a device', '4': 'a device', '6': 'a pipe' }[type] ?? `an entry of type ${JSON.stringify(type)}`;
  return { kind: 'other', path, what };
}

function ustarName(block: Buffer): string {
  const name = untilNul(block.subarray(0, 100));
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? untilNul(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function checksumFits(block: Buffer): boolean {
  const said = number(block, 148, 8);
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] as number;
  return said === sum;
}

/** Octal, or base 256 where the first bit is set; undefined: neither, or not to be counted with. */
function number(block: Buffer, start: number, length: number): number | undefined {
  const field = block.subarray(start, start + length);
  if (((field[0] as number) & 0x80) !== 0) {
    let value = (field[0] as number) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) && ((field[0] as number) & 0x40) === 0 ? value : undefined;
  }
  const text = field
    .toString('latin1')
    .replace(/\0[^]*$/, '')
    .trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function decimal(text: string): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `LENGTH KEY=VALUE\n`, LENGTH counting all of it. */
function records(text: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(0x20, at);
    const length = space === -1 ? undefined : decimal(text.toString('latin1', at, space));
    if (length === undefined || length < 5 || at + length > text.length || text[at + length - 1] !== 0x0a) {
      throw new NotTar('it has an extended header that cannot be read');
    }
    const record = text.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals <= 0) throw new NotTar('it has an extended header that cannot be read');
    found[record.toString('utf8', 0, equals)] = record.toString('utf8', equals + 1);
    at += length;
  }
  return found;
}

function untilNul(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

interface Source {
  /** Fewer bytes than asked for at the end; undefined where there are none. */
  read(length: number): Promise<Buffer | undefined>;
  skip(length: number): Promise<void>;
  content(length: number): { chunks: AsyncIterable<Buffer>; rest(): Promise<void> };
  /** Reads what is left. */
  drain(): Promise<void>;
  /** Nothing more is wanted of the bytes. */
  close(): Promise<void>;
}

function sourceOf(bytes: AsyncIterable<Buffer>): Source {
  const iterator = bytes[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function some(most: number): Promise<Buffer | undefined> {
    while (held.length === 0) {
      const { value, done } = await iterator.next();
      if (done === true) return undefined;
      held = value;
    }
    const part = held.subarray(0, most);
    held = held.subarray(part.length);
    return part;
  }

  async function read(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let left = length;
    while (left > 0) {
      const part = await some(left);
      if (part === undefined) break;
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 0 && length > 0 ? undefined : Buffer.concat(parts);
  }

  return {
    read,
    async drain() {
      while ((await some(Number.MAX_SAFE_INTEGER)) !== undefined);
    },
    close: async () => void (await iterator.return?.()),
    async skip(length) {
      for (let left = length; left > 0;) {
        const part = await some(left);
        if (part === undefined) throw new NotTar('it is cut off');
        left -= part.length;
      }
    },
    content(length) {
      let left = length;
      async function* chunks(): AsyncGenerator<Buffer> {
        while (left > 0) {
          const part = await some(left);
          if (part === undefined) throw new NotTar('it is cut off');
          left -= part.length;
          yield part;
        }
      }
      const stream = chunks();
      return {
        chunks: stream,
        async rest() {
          while (left > 0) {
            const part = await some(left);
            if (part === undefined) throw new NotTar('it is cut off');
            left -= part.length;
          }
        },
      };
    },
  };
}
