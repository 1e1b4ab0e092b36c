/** Reads and writes lengths of time such as `15m`, and writes times of day. */
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A number of seconds, minutes or hours. */
export const durationPattern = /^(?:0|[1-9][0-9]{0,3})[smh]$/;

/** @param text as durationPattern requires */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS];
}

/** `40 s`, `3 min`, `1 h 5 min`: rounded to seconds, and above a minute to minutes. */
export function durationText(ms: number): string {
  if (ms < UNIT_MS.m) return `${Math.round(ms / UNIT_MS.s)} s`;
  const minutes = Math.round(ms / UNIT_MS.m);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : ''].filter((part) => part).join(' ');
}

/** `10:15 UTC` */
export function clockText(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}
