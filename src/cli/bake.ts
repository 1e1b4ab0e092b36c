/**
 * Starts the program. Help and version are prebuilt texts. Everything else, including the parser, is loaded only when it
 * is needed, because users notice the start-up time (docs/performance.md).
 */
import { fstatSync, writeSync } from 'node:fs';
import { helpTexts, version } from './prebuilt.ts';

// Without this the SDK warns about Node 20 on stderr in every command.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** The prebuilt help texts have lines of at most this width. */
const PREBUILT_WIDTH = 100;

const argv = process.argv.slice(2);
const asked = helpAsked(argv);
// No top-level await: the bundle's entry is a CommonJS file, for Node loads that faster.
if (isVersionAsked(argv)) print(`${version}\n`);
else if (asked === undefined) void import('./main.ts').then(({ main }) => main(process, version));
else printHelp(asked);

/** The prebuilt text, unless the terminal is too narrow for it. */
function printHelp(name: string): void {
  const columns = fstatSync(1).isCharacterDevice() ? process.stdout.columns : undefined;
  if (columns === undefined || columns >= PREBUILT_WIDTH) return print(helpTexts[name] ?? '');
  void import('./help.ts').then(({ helpAt }) => print(helpAt(name, version, columns)));
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
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.exitCode = 3;
    process.stderr.write(`OUTPUT_LOST: standard output cannot be written: ${message}\n`);
  });
  process.stdout.write(bytes.subarray(written));
}

function isVersionAsked(words: string[]): boolean {
  return options(words).includes('--version');
}

/** The name of the command whose help is asked for, '' for the help of bake; undefined for every other command line. */
function helpAsked(given: string[]): string | undefined {
  const words = options(given);
  const named = words.find((word) => word !== '' && Object.hasOwn(helpTexts, word));
  if (words[0] === 'help') {
    const [, of = ''] = words;
    return Object.hasOwn(helpTexts, of) ? of : undefined;
  }
  return words.includes('--help') || words.includes('-h') ? (named ?? '') : undefined;
}

/** The words before `--`. */
function options(words: string[]): string[] {
  return words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
}
