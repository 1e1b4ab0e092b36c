/** Owns INI's lines: which section, key and value, as Python's ConfigParser reads them, with offsets. */

export interface IniEntry {
  kind: 'setting' | 'header' | 'continuation' | 'other';
  /** '' before the first section. */
  section: string;
  /** Lower case, as ConfigParser compares it; of a continuation, that of its setting; '' where there is none. */
  key: string;
  /** Without the comment and the blanks around it; the whole line where it is no setting. */
  value: string;
  /** Offset of the value. */
  start: number;
  /** The next line is indented, and so belongs to it. */
  continued: boolean;
}

/** Every line that says something, in the order of the text. Never fails: what is no setting is kept, to be looked at. */
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
      // An indented line below a header goes on with nothing.
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

/** A `#` or `;` at the start or behind a blank ends the line. */
function withoutComment(line: string): string {
  const at = line.search(/(?:^|[ \t])[#;]/);
  return (at < 0 ? line : line.slice(0, at)).trimEnd();
}

/** Values by section and key; the last of the same name counts. */
export function settingsOf(
  entries: readonly IniEntry[],
): (section: string, key: string) => string | undefined {
  const values = new Map(entries.map((entry) => [`${entry.section}\0${entry.key}`, entry]));
  return (section, key) => {
    const entry = values.get(`${section}\0${key}`);
    return entry?.kind === 'setting' ? entry.value : undefined;
  };
}
