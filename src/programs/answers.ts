/** Reads the output of programs: JSON, or the last line of an error. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The text as one JSON object, or undefined. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The JSON objects of a text, one per line; other lines are skipped. */
export function jsonLines(text: string): JsonObject[] {
  return text.split('\n').flatMap((line) => {
    const value = parseJsonObject(line);
    return value === undefined ? [] : [value];
  });
}

/** The last line, which usually says why a program failed. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
