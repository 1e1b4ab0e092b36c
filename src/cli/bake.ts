/**
 * Starts the program. Help and version are prebuilt texts. Everything else, including the parser, is loaded only when it
 * is needed, because users notice the start-up time (docs/performance.md).
 */
import { writeSync } from 'node:fs';
import { helpTexts, version } from './prebuilt.ts';

// Without this the SDK warns about Node 20 on stderr in every command.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const text = quickAnswer(process.argv.slice(2));
if (text === undefined) {
  // No top-level await: the bundle's entry is a CommonJS file, for Node loads that faster.
  void import('./main.ts').then(({ main }) => main(process, version));
} else {
  print(text);
}

/** Writes to the file itself: process.stdout loads Node's streams and sockets first, which takes 2 ms. */
function print(answer: string): void {
  const bytes = Buffer.from(answer);
  let written = 0;
  try {
    written = writeSync(1, bytes);
  } catch {
    // The pipe is full or closed, which the stream handles.
  }
  if (written === bytes.length) return;
  // A reader that closes the pipe (| head) is not an error.
  process.stdout.on('error', () => {});
  process.stdout.write(bytes.subarray(written));
}

/** The help or the version; undefined for every other command line. */
function quickAnswer(argv: string[]): string | undefined {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (words.includes('--version')) return `${version}\n`;
  const named = words.find((word) => word !== '' && Object.hasOwn(helpTexts, word));
  if (words[0] === 'help') return words.length === 1 ? helpTexts[''] : helpTexts[words[1] ?? ''];
  if (words.includes('--help') || words.includes('-h')) return helpTexts[named ?? ''];
  return undefined;
}
