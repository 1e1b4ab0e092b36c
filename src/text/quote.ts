/** Owns quoting: how any value at all becomes one word of bash, or one string of HCL. */

/** A run of characters that mean nothing inside single quotes, one quote, or one character that needs an escape. */
const PIECE = /[ -&(-~]+|'|[^ -~]/gu;

/**
 * One bash word that expands to exactly `value`. Printable ASCII stands in POSIX single quotes; every other byte as
 * `$'\ooo'`, so that no line break, byte order mark or control character can be changed by YAML, HCL or a log on the
 * way. Two braces never stand side by side: AWSTOE would look for an expression of its own there (engines.md A3).
 * @throws RangeError for NUL, which no shell word can hold
 */
export function quoteShell(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold NUL');
  if (value === '') return "''";
  return value.replace(PIECE, (piece) => {
    if (piece === "'") return String.raw`\'`;
    if (/[ -~]/.test(piece)) return `'${piece.replace(/\{(?=\{)/g, "{''")}'`;
    return `$'${[...Buffer.from(piece, 'utf8')].map(octal).join('')}'`;
  });
}

/**
 * An HCL string literal in which neither `${` nor `%{` occurs, so nothing in it is evaluated.
 * Source: HCL native syntax specification, "Template Expressions".
 */
export function quoteHcl(value: string): string {
  const body = value
    .replace(/["\\]/g, String.raw`\$&`)
    // Not `$${`: after another `$` that reads as the start of a template again.
    .replace(/\$(?=\{)/g, String.raw`\u0024`)
    .replace(/%(?=\{)/g, String.raw`\u0025`)
    .replace(/\n/g, String.raw`\n`)
    .replace(/\r/g, String.raw`\r`)
    .replace(/\t/g, String.raw`\t`)
    .replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${body}"`;
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

/** JSON that, like a shell word, never has two opening braces side by side (they occur inside strings only). */
export function quoteJson(value: unknown): string {
  return JSON.stringify(value).replace(/\{(?=\{)/g, String.raw`\u007b`);
}

/** Text for a Packer field that Packer runs through Go's template engine once more. */
export function packerText(value: string): string {
  return value.replaceAll('{{', '{{`{{`}}');
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
