/** An independent reader of pip.conf, after Python's configparser (RawConfigParser, strict) and pip's option names. */

export interface PipOption {
  section: string;
  /** As pip normalises it: lower case, `-` instead of `_`, no leading `--`. */
  key: string;
  value: string;
}

/** The characters that Python's str.strip() and `\s` treat as white space. */
const SPACE = '\\t\\n\\v\\f\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const strip = (text: string) => text.replace(new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g'), '');
const rstrip = (text: string) => text.replace(new RegExp(`[${SPACE}]+$`), '');

/** Every option of every section; undefined for a file that pip refuses completely. */
export function readPipConf(bytes: Uint8Array): PipOption[] | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const sections = new Map<string, Map<string, string[]>>();
  let current: Map<string, string[]> | undefined;
  let option: string | undefined;
  let level = 0;
  let refused = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const value = strip(line);
    if (value === '' || value.startsWith('#') || value.startsWith(';')) {
      if (value === '' && option) current?.get(option)?.push('');
      continue;
    }
    const indent = line.search(new RegExp(`[^${SPACE}]`));
    if (current && option && indent > level) {
      current.get(option)?.push(value);
      continue;
    }
    level = indent;
    const header = /^\[(.+)\]/.exec(value)?.[1];
    if (header !== undefined) {
      if (sections.has(header) && header !== 'DEFAULT') return undefined;
      current = sections.get(header) ?? new Map<string, string[]>();
      sections.set(header, current);
      option = undefined;
      continue;
    }
    if (!current) return undefined;
    const at = value.search(/[=:]/);
    if (at === -1) {
      refused = true;
      continue;
    }
    option = rstrip(value.slice(0, at)).toLowerCase();
    if (option === '') refused = true;
    if (current.has(option)) return undefined;
    current.set(option, [strip(value.slice(at + 1))]);
  }
  if (refused) return undefined;
  return [...sections].flatMap(([section, options]) =>
    [...options].map(([name, lines]) => ({
      section,
      key: name.replaceAll('_', '-').replace(/^--/, ''),
      value: rstrip(lines.join('\n')),
    })),
  );
}
