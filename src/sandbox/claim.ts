/**
 * Decides which process serves a state folder: the one with the highest numbered claim `server.<n>.json`. A claim is
 * created with a hard link, so exactly one of several processes succeeds. Only the next owner removes a claim, so no
 * number is used twice.
 */
import { linkSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';
import { replaceFile } from './store/store.ts';

interface Claim extends Owner {
  endpoint: string;
  /** Milliseconds by which the account's clock is ahead; the next owner keeps them. */
  clockOffset: number;
  /** True: its owner has released it. */
  closed: boolean;
}

export interface NumberedClaim {
  number: number;
  /** Undefined if the file is not a claim; its number still counts. */
  claim: Claim | undefined;
}

/** A claim whose owner is alive. */
export interface LiveClaim extends NumberedClaim {
  claim: Claim;
}

/** How often an owner touches its claim, and after how long without that an owner on another host counts as dead. */
const BEAT_MS = 2_000;
const SILENCE_MS = 20_000;

/** The highest claim; undefined in a folder that was never served. */
export function currentClaim(folder: string): NumberedClaim | undefined {
  const [number] = claimNumbers(folder);
  if (number === undefined) return undefined;
  return { number, claim: readClaim(fileOf(folder, number)) };
}

export function isAlive(folder: string, held: NumberedClaim): held is LiveClaim {
  const { number, claim } = held;
  if (!claim || claim.closed) return false;
  const seen = checkOwner(claim);
  return seen === 'unknown' ? age(fileOf(folder, number)) < SILENCE_MS : seen === 'alive';
}

/**
 * Claims the folder after its dead owner's number `after` (0 for a new folder).
 * @returns undefined if another process was faster
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
  return holdClaim(file, claim);
}

export interface OwnClaim {
  update(change: Partial<Pick<Claim, 'clockOffset'>>): void;
  /** Marks the claim as closed, so that another process may take over at once. */
  release(): void;
}

function holdClaim(file: string, claim: Claim): OwnClaim {
  let now = claim;
  const beat = setInterval(() => {
    const time = new Date();
    try {
      utimesSync(file, time, time);
    } catch {
      // The folder was removed, and the claim with it.
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
    // It was removed since it was listed, or it is not a claim.
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
