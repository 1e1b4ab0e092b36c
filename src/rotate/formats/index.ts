/** Owns the registry of formats: an explicit list; a test holds it equal to the folder. The first that reads a file wins. */
import type { Format } from '../format.ts';
import { yaml } from './yaml.ts';

export const formats: readonly Format[] = [yaml];

export function formatOf(file: string): Format | undefined {
  return formats.find((format) => format.reads(file));
}
