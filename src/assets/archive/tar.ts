/** Reads a tar as a sequence of entries, with tar-stream (POSIX ustar, pax and GNU long names). */
import { extract, type Extract, type Header } from 'tar-stream';
import { ArchiveUnreadable, noContent, type RawEntry } from './raw-entry.ts';

/** Its types lack the first: tars older than POSIX have no magic. */
const OPTIONS = { allowUnknownFormat: true, highWaterMark: 256 * 1024 };

/**
 * Reads `bytes` to their end, where decompressors keep their checksums, or closes them when the caller stops early.
 * @throws ArchiveUnreadable, and what reading `bytes` throws
 */
export async function* tarEntries(bytes: AsyncIterable<Buffer>): AsyncGenerator<RawEntry> {
  const parser = extract(OPTIONS);
  const feed = startFeed(bytes, parser);
  let isEmpty = true;
  try {
    for await (const stream of parser) {
      isEmpty = false;
      const entry = entryOf(stream.header);
      // The stream of a folder never ends where its header states a size.
      yield { entry, content: entry.kind === 'file' ? contentOf(stream, feed) : noContent() };
      // The parser waits until the content is consumed, whether the caller wanted it or not.
      stream.resume();
    }
    if (isEmpty) throw new ArchiveUnreadable('it is no tar');
  } catch (error) {
    throw causeOf(error, feed);
  } finally {
    parser.destroy();
    await feed.done;
  }
}

interface Feed {
  /** The error that reading the bytes threw. */
  failure: unknown;
  done: Promise<void>;
}

function startFeed(bytes: AsyncIterable<Buffer>, parser: Extract): Feed {
  const feed: Feed = { failure: undefined, done: Promise.resolve() };
  feed.done = (async () => {
    try {
      for await (const chunk of bytes) {
        if (parser.destroyed) return;
        if (!parser.write(chunk)) await drained(parser);
      }
      parser.end(null);
    } catch (error) {
      feed.failure = error;
      parser.destroy(error as Error);
    }
  })();
  return feed;
}

function drained(parser: Extract): Promise<void> {
  return new Promise((resolve) => {
    if (parser.destroyed) return resolve();
    const done = (): void => {
      parser.off('drain', done).off('close', done);
      resolve();
    };
    parser.on('drain', done).on('close', done);
  });
}

async function* contentOf(stream: AsyncIterable<unknown>, feed: Feed): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw causeOf(error, feed);
  }
}

/** tar-stream throws plain errors, which all mean that it cannot read the bytes. */
function causeOf(error: unknown, feed: Feed): unknown {
  if (feed.failure !== undefined) return feed.failure;
  if (error instanceof ArchiveUnreadable) return error;
  return new ArchiveUnreadable(`it is damaged: ${(error as Error).message}`);
}

function entryOf(header: Header): RawEntry['entry'] {
  const { name: path, type, mode, size, linkname, pax } = header;
  // tar-stream waits forever for the content of an entry whose size it could not read.
  if (!Number.isSafeInteger(size) || size < 0) throw new ArchiveUnreadable('it has an impossible size');
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse')))
    throw new ArchiveUnreadable('it has sparse files');
  // A header without a target has null, whatever the types of tar-stream say.
  const target = (linkname as string | null) ?? '';
  const isFile = type === 'file' || type === 'contiguous-file';
  // Before ustar, a name that ends with a slash was a folder.
  if (type === 'directory' || (isFile && path.endsWith('/'))) return { kind: 'folder', path, mode };
  if (isFile) return { kind: 'file', path, mode, size };
  if (type === 'link') return { kind: 'hardlink', path, target };
  if (type === 'symlink') return { kind: 'link', path, target };
  return { kind: 'other', path, what: type ?? 'an entry of an unknown type' };
}
