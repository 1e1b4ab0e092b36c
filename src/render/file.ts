/** Writes rendered files: texts, and the files that steps need. */
import path from 'node:path';
import type { StepFile } from '../image/step.ts';
import { placeFile, writeFileAtomic } from '../util/files.ts';

/** A text, or a file of this machine that a step needs. */
export type RenderedFile = TextFile | { path: string; file: StepFile };

export interface TextFile {
  /** Relative to the folder it is written to. */
  path: string;
  text: string;
  mode: number;
}

/** The rendered texts, without the files that are only copied. */
export function textsOf(files: readonly RenderedFile[]): TextFile[] {
  return files.filter((file) => 'text' in file);
}

/**
 * Writes a text atomically (temporary file, fsync, rename), any other file as a hard link, or as a copy if a link is
 * not possible.
 * @param folder absolute
 * @returns the absolute path
 * @throws BakeError FOLDER_UNWRITABLE, FILE_UNWRITABLE
 */
export async function writeRendered(folder: string, rendered: RenderedFile): Promise<string> {
  const full = path.join(folder, rendered.path);
  if ('text' in rendered) await writeFileAtomic(full, rendered.text, rendered.mode);
  else await placeFile(rendered.file.source, full);
  return full;
}
