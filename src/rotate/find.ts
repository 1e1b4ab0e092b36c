/** Finds the AMI references in a file's bytes with the format that reads the file. Pure. */
import type { ReferenceScope } from '../entries/result.ts';
import { placesInBytes } from '../util/source.ts';
import type { Format, FileFindings, OpeningScope } from './format.ts';
import { formatOf } from './formats/index.ts';
import { literal } from './formats/literal.ts';
import { straysIn } from './strays.ts';
import { glance, isSettled, type GlanceSettings } from './glance.ts';

/**
 * Finds the AMI references of one file. Never throws: problems are in `errors`.
 * @param file its name in entries and errors
 */
export function findReferences(file: string, bytes: Buffer, look: GlanceSettings = {}): FileFindings {
  const what = glance(bytes, look);
  return what === 'nothing' || what === 'binary' ? nothingIn(file) : readReferences(file, bytes, look, what);
}

/** Reads a file that glance() did not settle. */
export function readReferences(
  file: string,
  bytes: Buffer,
  look: GlanceSettings & { named?: boolean | undefined },
  what: 'utf16' | 'read',
  openings: OpeningScope = 'all',
): FileFindings {
  if (what === 'utf16') return whole(file, 'the file is UTF-16; save it as UTF-8');
  const format = formatOf(file, bytes);
  const found = format?.find(file, bytes, openings);
  if (found && format?.isState === true) return withoutSettled(found, look);
  if (look.literal && !(found && isResolved(found, bytes, look))) {
    return withoutSettled(withText(found, literal.find(file, bytes)), look);
  }
  const isBlank = found && found.references.length + found.indirect.length + found.errors.length === 0;
  const all = found && !(isBlank && look.named) ? found : unread(file, bytes, look.named);
  // The error of a broken file says enough.
  const strays = all.errors.length > 0 ? [] : straysIn(bytes, all, look);
  return withoutSettled(strays.length > 0 ? { ...all, strays } : all, look);
}

/**
 * The format's findings keep their paths and Regions. Literal mode adds the ids that the format could not reach, except
 * those of records.
 */
function withText(found: FileFindings | undefined, text: FileFindings): FileFindings {
  const { records = [] } = found ?? {};
  const isRecord = new Set(records.map(({ start }) => start));
  const free = text.references.filter(({ start }) => !isRecord.has(start));
  const isKept = new Set(records.map(({ line, column }) => `${line}:${column}`));
  const kept = (found?.indirect ?? []).filter(({ line, column }) => isKept.has(`${line}:${column}`));
  if (!found || found.references.length === 0) return { ...text, references: free, indirect: kept };
  const known = new Set(found.references.map(({ start }) => start));
  const others = free.filter(({ start }) => !known.has(start));
  const references = [...found.references, ...others].sort((a, b) => a.start - b.start);
  const indirect = found.indirect.filter(
    (entry) => kept.includes(entry) || !AN_ID.test(`${entry.found} ${entry.reason}`),
  );
  return { ...found, references, indirect };
}

/** Removes entries that name settled ids only: glance() skips a file that holds no others. */
function withoutSettled(found: FileFindings, look: GlanceSettings): FileFindings {
  const indirect = found.indirect.filter((one) => {
    const ids = `${one.found} ${one.reason}`.match(IDS);
    return ids === null || !ids.every((id) => isSettled(id, look));
  });
  return { ...found, indirect };
}

/**
 * Whether the format reached everything, so that literal mode is not needed. A cluster config is never read as mere
 * text, because its root and head node images would then move too.
 */
function isResolved(found: FileFindings, bytes: Buffer, look: GlanceSettings): boolean {
  const { references, indirect, errors } = found;
  if (references.some(({ scope }) => CLUSTER.has(scope))) return true;
  const open = indirect.some((entry) => AN_ID.test(`${entry.found} ${entry.reason}`));
  if (references.length === 0 || errors.length > 0 || open) return false;
  return straysIn(bytes, found, look).length === 0;
}

const CLUSTER: ReadonlySet<ReferenceScope> = new Set<ReferenceScope>(['root', 'head', 'queue', 'login']);
const AN_ID = /\bami-[0-9a-f]{8}/;
const IDS = /\bami-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g;

/**
 * The format that verifies a change: literal mode if it took part (its edits have no path), otherwise the file's own
 * format.
 */
export function formatFor(
  file: string,
  bytes: Buffer,
  edits: readonly { path: string }[],
): Format | undefined {
  return edits.some(({ path }) => path === '') ? literal : formatOf(file, bytes);
}

/**
 * Reports each CustomAmi in a file that no format reads, and each id if the file was named: what uses them is not
 * known.
 */
function unread(file: string, bytes: Buffer, named = false): FileFindings {
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
const UNREAD = 'bake does not know what uses an image in this file; literal mode moves ids in any text';

/** Reports the file as a whole, which is left unchanged. */
function whole(file: string, reason: string): FileFindings {
  const entry = { file, line: 1, column: 1, path: '', found: 'CustomAmi', reason };
  return { ...nothingIn(file), indirect: [entry] };
}

function nothingIn(file: string): FileFindings {
  return { file, references: [], indirect: [], openings: [], cluster: {}, errors: [] };
}
