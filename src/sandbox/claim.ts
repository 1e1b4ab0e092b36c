/**
 * Owns who serves a state folder: numbered claims `server.<n>.json`, the highest of which counts. A claim is made by
 * hard link, so that of several takers one wins; it is never removed by its owner, only by the next, so that a number
 * is never used twice.
 */
import { linkSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';
import { replaceFile } from './store/store.ts';

interface Claim extends Owner {
  endpoint: string;
  /** Milliseconds the account's clock is ahead: a successor goes on with it. */
  clockOffset: number;
  /** True: its owner has let go. */
  closed: boolean;
}

export interface Held {
  number: number;
  /** Undefined: the file is none of ours, and holds nothing but its number. */
  claim: Claim | undefined;
}

/** A claim whose owner can be asked. */
export interface Living extends Held {
  claim: Claim;
}

/** How often an owner shows that it lives, and after how long without it counts as dead; for other hosts only. */
const BEAT_MS = 2_000;
const SILENCE_MS = 20_000;

/** The claim that counts, or undefined in a folder nobody ever served. */
export function currentClaim(folder: string): Held | undefined {
  const [number] = claimNumbers(folder);
  if (number === undefined) return undefined;
  return { number, claim: readClaim(fileOf(folder, number)) };
}

export function isAlive(folder: string, held: Held): held is Living {
  const { number, claim } = held;
  if (!claim || claim.closed) return false;
  const seen = checkOwner(claim);
  return seen === 'unknown' ? age(fileOf(folder, number)) < SILENCE_MS : seen === 'alive';
}

/**
 * Takes the folder over from `after` (its dead owner's number, 0 for a new folder).
 * @returns undefined when somebody else was quicker
 */
export function takeClaim(
  folder: string,
  after: number,
  server: { endpoint: string; clockOffset: number },
): OwnClaim | undefined {
  const number = after + 1;
  const file = fileOf(folder, number);
  const claim: Claim = {
    ...thisProcess(),
    ...server,
    closed: false,
  };
  const temporary = join(folder, `server.${process.pid}.${number}.tmp`);
  writeFileSync(temporary, text(claim), { mode: 0o600 });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const numbers = claimNumbers(folder);
  if (numbers[0] !== number) {
    rmSync(file, { force: true });
    return undefined;
  }
  for (const older of numbers.slice(1)) rmSync(fileOf(folder, older), { force: true });
  return own(file, claim);
}

export interface OwnClaim {
  update(change: Partial<Pick<Claim, 'clockOffset'>>): void;
  /** Lets go: the next may take over at once. */
  release(): void;
}

function own(file: string, claim: Claim): OwnClaim {
  let now = claim;
  const beat = setInterval(() => {
    const time = new Date();
    try {
      utimesSync(file, time, time);
    } catch {
      // The folder was removed under us: there is nothing left to hold.
    }
  }, BEAT_MS).unref();
  const write = (change: Partial<Claim>): void => {
    now = { ...now, ...change };
    replaceFile(file, text(now));
  };
  return {
    update: write,
    release() {
      clearInterval(beat);
      write({ closed: true });
    },
  };
}

function text(claim: Claim): string {
  return `${JSON.stringify(claim)}\n`;
}

/** Highest first. */
function claimNumbers(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^server\.(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

function fileOf(folder: string, number: number): string {
  return join(folder, `server.${number}.json`);
}

function readClaim(file: string): Claim | undefined {
  try {
    const claim = JSON.parse(readFileSync(file, 'utf8')) as Partial<Claim> | null;
    return typeof claim?.endpoint === 'string' && typeof claim.pid === 'number'
      ? (claim as Claim)
      : undefined;
  } catch {
    // Gone since it was listed, or written by nobody we know: either way it holds nothing.
    return undefined;
  }
}

function age(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
