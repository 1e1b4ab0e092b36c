/** Writes a number with its noun: `1 step`, `2 steps`. */

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
