/** Formats findings for the tests of formats. */
import { expect } from 'vitest';
import { findReferences } from '../../../src/rotate/find.ts';
import type { FileFindings } from '../../../src/rotate/format.ts';

export const A = 'ami-0123456789abcdef0';
export const B = 'ami-0fedcba9876543210';
export const SHORT = 'ami-1a2b3c4d';

/** The findings of a file. It checks that each reference is at its offset. */
export function read(file: string, text: string | Buffer, isLiteral = false): FileFindings {
  const bytes = Buffer.from(text);
  const found = findReferences(file, bytes, { literal: isLiteral });
  for (const { start, end, id } of found.references) {
    expect(bytes.subarray(start, end).toString('latin1')).toBe(id);
  }
  return found;
}

/** `line:column scope path id`, and the known facts. */
export function references({ references: all }: FileFindings): string[] {
  return all.map(({ line, column, scope, path, id, region, comment }) => {
    const more = [region && `in ${region}`, comment && `# ${comment.text}`].filter(Boolean);
    return [`${line}:${column} ${scope} ${path} ${id}`, ...more].join(' ');
  });
}

/** `line:column path found // reason` */
export function indirect({ indirect: all }: FileFindings): string[] {
  return all.map(
    ({ line, column, path, found, reason }) => `${line}:${column} ${path} ${found} // ${reason}`,
  );
}

/** Code and place of each error. */
export function errors({ errors: all }: FileFindings): string[] {
  return all.map(({ code, place, message }) => `${code} ${place.line}:${place.column} ${message}`);
}
