/**
 * Owns the start of the program. Help and version are printed from prebuilt text; everything else, the parser
 * included, is loaded only when needed: start-up time is what a person feels first (docs/performance.md).
 */
import { helpTexts, version } from './prebuilt.ts';

// The SDK would warn about Node 20 on stderr in every single command; that is for `doctor` to say once.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const text = quickAnswer(process.argv.slice(2));
if (text === undefined) {
  // No top-level await: the bundle's entry is a CommonJS file, for Node loads that faster.
  void import('./main.ts').then(({ main }) => main(process, version));
} else {
  // A reader that went away (| head) is no error.
  process.stdout.on('error', () => {});
  process.stdout.write(text);
}

/** Help or version, or undefined when there is real work to do. */
function quickAnswer(argv: string[]): string | undefined {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (words.includes('--version')) return `${version}\n`;
  const named = words.find((word) => word !== '' && Object.hasOwn(helpTexts, word));
  if (words[0] === 'help') return words.length === 1 ? helpTexts[''] : helpTexts[words[1] ?? ''];
  if (words.includes('--help') || words.includes('-h')) return helpTexts[named ?? ''];
  return undefined;
}
