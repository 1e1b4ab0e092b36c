/** Reads the lines of an INI file as Python's ConfigParser does: sections, keys and values, with offsets. */

export interface IniEntry {
  kind: 'setting' | 'header' | 'continuation' | 'other';
  /** '' before the first section. */
  section: string;
  /**
   * In lower case, as ConfigParser compares keys. A continuation line has the key of its setting; '' if there is none.
   */
  key: string;
  /** The value without its comment and blanks; the whole line if it is not a setting. */
  value: string;
  /** The offset of the value. */
  start: number;
  /** The next line is indented and continues the value. */
  continued: boolean;
}

/** Returns every line except blank lines and comments. Never throws: a line that is not a setting is returned too. */
export function readIni(text: string): IniEntry[] {
  const entries: IniEntry[] = [];
  let section = '';
  let indent = 0;
  let open: IniEntry | undefined;
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const [blanks = ''] = /^[ \t]*/.exec(line) ?? [];
    const words = withoutComment(line.slice(blanks.length));
    if (words === '') continue;
    const here = { section, key: '', value: words, start: index + blanks.length, continued: false };
    const header = /^\[([^\]]*)\]$/.exec(words)?.[1];
    if (open && blanks.length > indent) {
      open.continued = true;
      entries.push({ ...here, kind: 'continuation', key: open.key });
      continue;
    }
    indent = blanks.length;
    if (header !== undefined) {
      section = header.trim().replace(/[ \t]+/g, ' ');
      entries.push({ ...here, kind: 'header', section });
      // An indented line after a header continues no value.
      open = undefined;
      continue;
    }
    open = settingIn(words, here);
    entries.push(open);
  }
  return entries;
}

function settingIn(words: string, here: Omit<IniEntry, 'kind'>): IniEntry {
  const at = words.search(/[=:]/);
  if (at < 0) return { ...here, kind: 'other' };
  const key = words.slice(0, at).trimEnd().toLowerCase();
  const value = words.slice(at + 1).trimStart();
  return { ...here, kind: 'setting', key, value, start: here.start + words.length - value.length };
}

/** A `#` or `;` at the start or after a blank begins a comment. */
function withoutComment(line: string): string {
  const at = line.search(/(?:^|[ \t])[#;]/);
  return (at < 0 ? line : line.slice(0, at)).trimEnd();
}

/** The values by section and key. The last value of a key counts. */
export function settingsOf(
  entries: readonly IniEntry[],
): (section: string, key: string) => string | undefined {
  const values = new Map(entries.map((entry) => [`${entry.section}\0${entry.key}`, entry]));
  return (section, key) => {
    const entry = values.get(`${section}\0${key}`);
    return entry?.kind === 'setting' ? entry.value : undefined;
  };
}
