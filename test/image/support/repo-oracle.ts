/**
 * Independent readers of repository files, written after the parsers of dnf, yum and apt: Python's ConfigParser
 * (indented lines continue a value, even after blank lines and comments), and apt's ParseFileOneLine and pkgTagSection.
 */

export interface Section {
  /** '' for options before the first section. */
  id: string;
  options: { key: string; values: string[] }[];
}

/** @param strict whether a blank line or a comment ends a value; indented lines after it then belong to no option */
export function parseIni(text: string, strict = false): Section[] {
  const sections: Section[] = [{ id: '', options: [] }];
  let open = false;
  for (const line of text.split('\n')) {
    if (/^[ \t\r\f\v]*([#;]|$)/.test(line)) {
      if (strict) open = false;
      continue;
    }
    const section = sections.at(-1) as Section;
    const option = section.options.at(-1);
    if (/^[ \t\r\f\v]/.test(line)) {
      if (open && option) option.values.push(line.trim());
      continue;
    }
    const header = /^\[([^\]]+)\]/.exec(line);
    if (header) {
      sections.push({ id: header[1] ?? '', options: [] });
      open = false;
      continue;
    }
    const [, key = '', value = ''] = /^([^=:]*)[=:]?([^]*)$/.exec(line) ?? [];
    section.options.push({ key: key.trim().toLowerCase(), values: [value.trim()] });
    open = true;
  }
  return sections;
}

export interface Source {
  type: string;
  options: string;
  uri: string;
  rest: string;
}

/** undefined if apt refuses the line. A comment may begin anywhere outside of brackets. */
export function parseOneLine(text: string): (Source | undefined)[] {
  return text.split('\n').flatMap((line) => {
    let end = line.length;
    for (let at = 0; at < line.length; at++) {
      if (line[at] === '#') {
        end = at;
        break;
      }
      const close = line[at] === '[' ? line.indexOf(']', at) : -1;
      if (close > at) at = close;
    }
    const live = line.slice(0, end).trim();
    if (live === '') return [];
    const found = /^(deb|deb-src)[ \t]+(?:\[([^\]]*)\][ \t]*)?([^ \t\r\f\v]+)([^]*)$/.exec(live);
    if (!found) return [undefined];
    const [, type = '', options = '', uri = '', rest = ''] = found;
    return [{ type, options: options.trim().replace(/\s+/g, ' '), uri, rest: rest.trim() }];
  });
}

export interface Stanza {
  enabled: boolean;
  uris: string[];
  /** The fields other than URIs, Enabled and Signed-By, as `field: value`. */
  others: string[];
}

export function parseDeb822(text: string): Stanza[] {
  const stanzas = text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .join('\n')
    .split(/\n\n+/);
  return stanzas.flatMap((stanza) => {
    const fields: [string, string][] = [];
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#') || line === '') continue;
      const last = fields.at(-1);
      if (/^[ \t]/.test(line)) {
        if (last) last[1] += ` ${line.trim()}`;
        continue;
      }
      const [, name = '', value = ''] = /^([^:]*):?([^]*)$/.exec(line) ?? [];
      fields.push([name.trim().toLowerCase(), value.trim()]);
    }
    if (fields.length === 0) return [];
    const of = (name: string) => fields.filter(([field]) => field === name).map(([, value]) => value);
    const known = new Set(['uris', 'enabled', 'signed-by']);
    return [
      {
        enabled: !/^(no|false|off|disable|without|0)$/i.test(of('enabled').at(-1) ?? 'yes'),
        uris: of('uris').flatMap((value) => value.split(/\s+/).filter((uri) => uri !== '')),
        others: fields.filter(([field]) => !known.has(field)).map(([field, value]) => `${field}: ${value}`),
      },
    ];
  });
}
