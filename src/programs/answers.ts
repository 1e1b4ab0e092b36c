/** Owns reading what programs print: JSON where it is some, their last words where not. */

export type Json = Readonly<Record<string, unknown>>;

/** One JSON object, or undefined. */
export function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** The JSON objects of a text, one a line; other lines are passed over. */
export function lines(text: string): Json[] {
  return text.split('\n').flatMap((line) => {
    const value = parsed(line);
    return value === undefined ? [] : [value];
  });
}

/** The last line, where programs say why they ended. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
