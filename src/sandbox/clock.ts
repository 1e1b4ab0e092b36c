/** The account's clock, which can be set and then runs on. */

export interface Clock {
  now(): Date;
  set(now: Date): void;
  /** Milliseconds by which the account is ahead of this machine. */
  offset(): number;
}

export function openClock(offsetMs: number): Clock {
  let offset = offsetMs;
  return {
    now: () => new Date(Date.now() + offset),
    set: (now) => {
      offset = now.getTime() - Date.now();
    },
    offset: () => offset,
  };
}

/** The same time some calendar months earlier; in a shorter month, its last day. */
export function monthsBefore(date: Date, months: number): Date {
  const earlier = new Date(date);
  earlier.setUTCDate(1);
  earlier.setUTCMonth(earlier.getUTCMonth() - months);
  const lastDay = new Date(Date.UTC(earlier.getUTCFullYear(), earlier.getUTCMonth() + 1, 0)).getUTCDate();
  earlier.setUTCDate(Math.min(date.getUTCDate(), lastDay));
  return earlier;
}
