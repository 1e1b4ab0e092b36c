/** Masks registered secrets in the output: raw, URI-encoded or base64-encoded, even inside a longer text. */

const MASK = '***';
/** Shorter values are words such as "true" or "sandbox"; masking them would garble the output and hide nothing. */
const SHORTEST = 8;
/** Values that everybody knows: the example keys of AWS's documentation, and defaults of local servers. */
const PUBLIC = new Set([
  'AKIAIOSFODNN7EXAMPLE',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'anonymous',
  'changeit',
  'changeme',
  'ami-bakery',
  'localstack',
  'minioadmin',
  'password',
  'x-access-token',
]);
const SECRET_NAME = /token|password|passwd|credential|secret|private_?key|api_?key/i;
/** Names of values that refer to a secret but are not secret themselves. */
const NOT_SECRET_NAME = /_(?:file|path|dir|arn|name|url|uri|id|region|profile)s?$/i;

export interface Mask {
  add: (secret: string) => void;
  /** Replaces every form of every secret by ***. */
  text: (text: string) => string;
}

export function createMask(): Mask {
  let forms: string[] = [];
  const text = (whole: string): string => {
    let masked = whole;
    for (const form of forms) masked = masked.replaceAll(form, MASK);
    return masked;
  };
  return {
    add(secret) {
      // A secret with several lines can leak line by line.
      const parts = [secret, ...secret.split(/\r?\n/)].map((part) => part.trim());
      const all = parts.filter((part) => part.length >= SHORTEST && !PUBLIC.has(part)).flatMap(formsOf);
      // Longest first, or masking a part would keep the whole from matching.
      forms = [...new Set([...forms, ...all])].sort((a, b) => b.length - a.length);
    },
    text,
  };
}

/** Every form in which a secret can leak by accident. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const uri = [encoded, encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()), encodeURI(secret)];
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [0, 1, 2]
    .map((shift) => base64Core(secret, shift))
    .filter((core) => core.length >= SHORTEST);
  const base64url = base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, ...uri, form, json, ...base64, ...base64url];
}

/**
 * The characters of the base64 text of (shift bytes + secret + anything) that depend only on the secret. A secret inside
 * a longer text, such as `user:secret` in an Authorization header, begins at one of three shifts.
 */
function base64Core(secret: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret, 'utf8')]);
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(from, to);
}

/** Values of environment variables that are named like secrets, and passwords in proxy URLs. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    if (SECRET_NAME.test(name) && !NOT_SECRET_NAME.test(name)) return [value];
    return /_proxy$/i.test(name) ? passwordOf(value) : [];
  });
}

function passwordOf(url: string): string[] {
  const found = /^[a-z]+:\/\/[^/@:]*:([^@/]+)@/i.exec(url)?.[1];
  return found === undefined ? [] : [found, unescaped(found)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
