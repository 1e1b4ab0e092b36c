/** Quotes any value as one word of bash, one string of HCL, or JSON. */

/** Characters that are not special inside single quotes, or one quote, or one character that needs an escape. */
const PIECE = /[ -&(-~]+|'|[^ -~]/gu;

/**
 * One bash word that expands to exactly `value`. Printable ASCII is in POSIX single quotes, and every other byte is
 * written as `$'\ooo'`, so that YAML, HCL or a log cannot change a line break, byte order mark or control character.
 * Two braces are never adjacent, because AWSTOE reads `{{ … }}` as an expression of its own (Image Builder user guide,
 * "Use variables in your custom component document").
 * @throws RangeError for NUL, which a shell word cannot contain
 */
export function quoteShell(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot contain NUL');
  if (value === '') return "''";
  return value.replace(PIECE, (piece) => {
    if (piece === "'") return String.raw`\'`;
    if (/[ -~]/.test(piece)) return `'${piece.replace(/\{(?=\{)/g, "{''")}'`;
    return `$'${[...Buffer.from(piece, 'utf8')].map(octal).join('')}'`;
  });
}

/**
 * An HCL string literal without `${` and `%{`, so that HCL evaluates nothing in it.
 * Source: HCL native syntax specification, "Template Expressions".
 */
export function quoteHcl(value: string): string {
  const body = value
    .replace(/["\\]/g, String.raw`\$&`)
    // Not `$${`, because after another `$` it would start a template again.
    .replace(/\$(?=\{)/g, String.raw`\u0024`)
    .replace(/%(?=\{)/g, String.raw`\u0025`)
    .replace(/\n/g, String.raw`\n`)
    .replace(/\r/g, String.raw`\r`)
    .replace(/\t/g, String.raw`\t`)
    .replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${body}"`;
}

// oxlint-disable-next-line no-control-regex -- the pattern has to match control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

/** JSON without two adjacent opening braces, like a shell word (they can only be adjacent inside strings). */
export function quoteJson(value: unknown): string {
  return JSON.stringify(value).replace(/\{(?=\{)/g, String.raw`\u007b`);
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
