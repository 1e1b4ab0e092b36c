/** Owns finding: a file's bytes → its AMI references, by the format that reads it. Pure. */
import type { ReferenceScope } from '../entries/result.ts';
import { placesInBytes } from '../util/source.ts';
import type { Format, Found } from './format.ts';
import { formatOf } from './formats/index.ts';
import { literal } from './formats/literal.ts';
import { glance, isSettled, type Look } from './glance.ts';

/**
 * AMI references of one file. Never throws: what is wrong is in `errors`.
 * @param file its name in entries and errors
 */
export function findReferences(file: string, bytes: Buffer, look: Look = {}): Found {
  const what = glance(bytes, look);
  return what === 'nothing' || what === 'binary' ? nothingIn(file) : readReferences(file, bytes, look, what);
}

/** The same behind the quick look: a full read of what it did not settle. */
export function readReferences(
  file: string,
  bytes: Buffer,
  look: Look & { named?: boolean | undefined },
  what: 'utf16' | 'read',
): Found {
  if (what === 'utf16') return whole(file, 'the file is UTF-16; save it as UTF-8');
  const found = formatOf(file, bytes)?.find(file, bytes);
  if (look.literal && !(found && isResolved(found))) return withText(found, literal.find(file, bytes));
  const isBlank = found && found.references.length + found.indirect.length + found.errors.length === 0;
  return withoutSettled(found && !(isBlank && look.named) ? found : unread(file, bytes, look.named), look);
}

/** What a format found keeps its place and Region; literal mode adds the ids that the format did not get at. */
function withText(found: Found | undefined, text: Found): Found {
  if (!found || found.references.length === 0) return text;
  const known = new Set(found.references.map(({ start }) => start));
  const others = text.references.filter(({ start }) => !known.has(start));
  const references = [...found.references, ...others].sort((a, b) => a.start - b.start);
  const indirect = found.indirect.filter((entry) => !AN_ID.test(`${entry.found} ${entry.reason}`));
  return { ...found, references, indirect };
}

/** An entry that names settled ids alone has nothing to tell: the quick look passes over such a file, too. */
function withoutSettled(found: Found, look: Look): Found {
  const indirect = found.indirect.filter((one) => {
    const ids = `${one.found} ${one.reason}`.match(IDS);
    return ids === null || !ids.every((id) => isSettled(id, look));
  });
  return { ...found, indirect };
}

/**
 * Literal mode is for what a format does not get at (templates, heredocs). A cluster config is never read as mere text:
 * its root and head node would move with the rest.
 */
function isResolved({ references, indirect, errors }: Found): boolean {
  if (references.some(({ scope }) => CLUSTER.has(scope))) return true;
  const open = indirect.some(({ found, reason }) => AN_ID.test(`${found} ${reason}`));
  return references.length > 0 && errors.length === 0 && !open;
}

const CLUSTER: ReadonlySet<ReferenceScope> = new Set<ReferenceScope>(['root', 'head', 'queue', 'login']);
const AN_ID = /\bami-[0-9a-f]{8}/;
const IDS = /\bami-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g;

/** What verifies a change: literal mode where it took part (its edits have no path), else the file's own format. */
export function formatFor(
  file: string,
  bytes: Buffer,
  edits: readonly { path: string }[],
): Format | undefined {
  return edits.some(({ path }) => path === '') ? literal : formatOf(file, bytes);
}

/**
 * A program or a document that sets CustomAmi: said, for nobody knows what it means there. Of a file that was named, every
 * id is.
 */
function unread(file: string, bytes: Buffer, named = false): Found {
  const text = bytes.toString('latin1');
  const settings = [...text.matchAll(SETTING)].filter(([line]) => !/^[ \t]*#/.test(line));
  const spots = settings.map(([setting, value = '']: RegExpMatchArray, index) => {
    const offset = (settings[index]?.index ?? 0) + setting.length - value.length;
    return { offset, found: value || 'CustomAmi' };
  });
  const known = new Set(spots.map(({ offset }) => offset));
  const ids = named ? [...text.matchAll(IDS)].map(({ 0: found, index: offset }) => ({ offset, found })) : [];
  const all = [...spots, ...ids.filter(({ offset }) => !known.has(offset))];
  if (all.length === 0) return nothingIn(file);
  const place = placesInBytes(file, bytes);
  const indirect = all.map(({ offset, found }) => {
    const { line, column } = place(offset);
    return { file, line, column, path: '', found, reason: UNREAD };
  });
  return { ...nothingIn(file), indirect };
}

const SETTING = /^.*?\bCustomAmi["']?[ \t]*[:=][ \t]*["']?([^\s"',}]*)/gm;
const UNREAD = 'nothing in this file is known to take an image; literal mode moves ids in any text';

/** An entry for the file as a whole: it is left alone. */
function whole(file: string, reason: string): Found {
  const entry = { file, line: 1, column: 1, path: '', found: 'CustomAmi', reason };
  return { ...nothingIn(file), indirect: [entry] };
}

function nothingIn(file: string): Found {
  return { file, references: [], indirect: [], openings: [], cluster: {}, errors: [] };
}
