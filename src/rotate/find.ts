/** Owns finding: a file's bytes → its AMI references, by the format that reads it. */
import type { Found } from './format.ts';
import { formatOf } from './formats/index.ts';
import { placesIn } from '../util/source.ts';

/**
 * AMI references of one file. Pure, and never throws: what is wrong is in `errors`.
 * @param file its name in entries and errors
 */
export function findReferences(file: string, bytes: Buffer): Found {
  const nothing: Found = { file, references: [], indirect: [], cluster: {}, errors: [] };
  const format = formatOf(file);
  if (format) return format.find(file, bytes);
  const offset = bytes.indexOf('CustomAmi');
  if (offset < 0) return nothing;
  const { line, column } = placesIn(file, bytes.toString('latin1'))(offset);
  const reason = 'bake reads cluster configs in YAML; this kind of file it leaves alone';
  return { ...nothing, indirect: [{ file, line, column, path: '', found: 'CustomAmi', reason }] };
}
