/** Owns finding: a file's bytes → its AMI references, by the format that reads it. Pure. */
import type { Scope } from '../pipeline/result.ts';
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
export function readReferences(file: string, bytes: Buffer, look: Look, what: 'utf16' | 'read'): Found {
  if (what === 'utf16') return whole(file, 'the file is UTF-16; save it as UTF-8');
  const found = formatOf(file, bytes)?.find(file, bytes);
  if (look.literal && !(found && isResolved(found))) return literal.find(file, bytes);
  return withoutSettled(found ?? unread(file, bytes), look);
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

const CLUSTER: ReadonlySet<Scope> = new Set<Scope>(['root', 'head', 'queue', 'login']);
const AN_ID = /\bami-[0-9a-f]{8}/;
const IDS = /\bami-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g;

/** A format that verifies what literal mode changes, for edits without a path; else the file's own. */
export function formatFor(
  file: string,
  bytes: Buffer,
  edits: readonly { path: string }[],
): Format | undefined {
  return edits.every(({ path }) => path === '') ? literal : formatOf(file, bytes);
}

/** A program or a document that sets CustomAmi: said, for nobody knows what it means there. */
function unread(file: string, bytes: Buffer): Found {
  const settings = [...bytes.toString('latin1').matchAll(SETTING)].filter(([line]) => !/^[ \t]*#/.test(line));
  if (settings.length === 0) return nothingIn(file);
  const place = placesInBytes(file, bytes);
  const indirect = settings.map((match) => {
    const [setting, value = ''] = match;
    const { line, column } = place(match.index + setting.length - value.length);
    return { file, line, column, path: '', found: value || 'CustomAmi', reason: UNREAD };
  });
  return { ...nothingIn(file), indirect };
}

const SETTING = /^.*?\bCustomAmi["']?[ \t]*[:=][ \t]*["']?([^\s"',}]*)/gm;
const UNREAD = 'no format of bake reads this kind of file; literal mode moves ids in any text';

/** An entry for the file as a whole: it is left alone. */
function whole(file: string, reason: string): Found {
  const entry = { file, line: 1, column: 1, path: '', found: 'CustomAmi', reason };
  return { ...nothingIn(file), indirect: [entry] };
}

function nothingIn(file: string): Found {
  return { file, references: [], indirect: [], openings: [], cluster: {}, errors: [] };
}
