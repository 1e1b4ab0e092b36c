/**
 * Finds the ids of a file that its format does not edit: in commands, in arguments, in languages that bake does not
 * read. Without this search, a check would call such a file current. Pure.
 */
import { placesInBytes } from '../util/source.ts';
import type { FileFindings, StrayId } from './format.ts';
import { isSettled, type GlanceSettings } from './glance.ts';
import { idsIn } from './page.ts';

/** Finds the ids outside of comments that the findings do not contain. */
export function straysIn(bytes: Buffer, found: FileFindings, look: GlanceSettings): StrayId[] {
  const text = bytes.toString('latin1');
  const starts = new Set(found.references.map(({ start }) => start));
  const free = idsIn(text).filter(
    ({ id, offset }) => !starts.has(offset) && !isSettled(id, look) && !isInComment(text, offset),
  );
  if (free.length === 0) return [];
  const place = placesInBytes(found.file, bytes);
  return free.flatMap(({ id, offset }) => {
    const { line, column } = place(offset);
    // An entry can begin before the id, with a tag or a text around it.
    const isListed = found.indirect.some((one) => one.line === line && one.found.includes(id));
    return isListed ? [] : [{ id, line, column, reason: REASON }];
  });
}

const REASON =
  'bake does not edit ids at such a place; change it, or try --literal, which moves ids in any text';

/** The marks of comments in scripts, configs, markup and languages. `://` belongs to an address. */
const MARK = /(?:^|[ \t])#|(?<!:)\/\/|<!--|^[ \t]*(?:--[ \t]|\*|;|%|REM\b|dnl\b|::)/i;

function isInComment(text: string, offset: number): boolean {
  const before = Math.max(text.lastIndexOf('\n', offset), text.lastIndexOf('\r', offset)) + 1;
  if (MARK.test(text.slice(before, offset))) return true;
  const opening = text.lastIndexOf('/*', offset);
  // In a file pattern such as `a/**/*.yaml`, the same characters follow a name.
  if (opening < 0 || !/^$|[\s;{}(,]/.test(text.slice(Math.max(0, opening - 1), opening))) return false;
  return text.lastIndexOf('*/', offset) < opening;
}
