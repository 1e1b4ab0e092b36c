/** Reads the code and the message of a failed file operation. */

/** The code (`ENOENT`, …) and the message of anything that a file operation threw. */
export function fileError(thrown: unknown): { code: string; message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: String(thrown) };
  return { code: 'code' in thrown ? String(thrown.code) : '', message: thrown.message };
}
