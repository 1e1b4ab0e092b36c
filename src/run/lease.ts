/**
 * Holds the lock of a fingerprint: numbered leases `<path>/<n>` in SSM, created by PutParameter without Overwrite, which is
 * the only atomic create of SSM. To delete a dead lease and create it again would race, so a process creates the lease with
 * the next number instead. Adoption by fingerprint tag guarantees a single image; the lease only saves a second bake.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParameter, deleteParameter, overwriteParameter, readPath } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import { until } from '../aws/until.ts';
import { BakeError } from '../errors/bake-error.ts';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';

/** How often a holder says that it lives, and after what silence it counts as dead. */
const HEARTBEAT_MS = 60_000;
const EXPIRY_MS = 10 * 60_000;
/** Longest wait for another bake of the same image. */
const WAIT_MS = 6 * 3600_000;

interface LeaseValue {
  token: string;
  run: string;
  owner: Owner;
  since: string;
  heartbeat: string;
}

interface Held {
  name: string;
  number: number;
  value: LeaseValue | undefined;
}

interface Lease {
  release(): Promise<void>;
}

export interface LeaseRequest {
  aws: Session;
  region: string;
  /** `/hpc/ami/lock/<fingerprint>`. */
  path: string;
  run: string;
  /** What holding it means: `bakes the same image`. */
  work: string;
  signal: AbortSignal;
  /** Told whose work is being waited for. */
  onWait(text: string): void;
}

/**
 * Does the work while holding the lease, waiting for it while another live owner has it.
 * @throws BakeError LOCK_HELD after six hours; whatever the work throws
 */
export async function withLease<T>(request: LeaseRequest, work: () => Promise<T>): Promise<T> {
  const lease = await takeLease(request);
  let done: T;
  try {
    done = await work();
  } catch (error) {
    // A lease that cannot be given back expires; why the work failed comes first.
    await lease.release().catch(() => {});
    throw error;
  }
  await lease.release();
  return done;
}

/**
 * Takes away what a killed run of ours left below `path`: where its work was done, nobody would ask for that lease
 * again and clear it away.
 */
export async function clearLeases({
  aws,
  region,
  path,
  run,
}: Pick<LeaseRequest, 'aws' | 'region' | 'path' | 'run'>): Promise<void> {
  for (const [name, text] of await readPath(aws, region, path)) {
    const value = parse(text);
    if (value?.run === run && !isAlive({ name, number: 0, value }, aws.now())) {
      await deleteParameter(aws, region, name);
    }
  }
}

async function takeLease(request: LeaseRequest): Promise<Lease> {
  const { aws, region } = request;
  const token = randomBytes(8).toString('hex');
  const since = aws.now().toISOString();
  /** Names made by this call: a read may not show them yet, and an answer about them may have been lost. */
  const made = new Set<string>();
  let blocker = '';

  const value = (): string =>
    JSON.stringify({
      token,
      run: request.run,
      owner: thisProcess(),
      since,
      heartbeat: aws.now().toISOString(),
    } satisfies LeaseValue);
  const rivalsIn = (held: Held[]): Held[] => held.filter((lease) => lease.value?.token !== token);

  async function drop(): Promise<void> {
    for (const name of made) await deleteParameter(aws, region, name);
    made.clear();
  }

  async function look(): Promise<Lease | undefined> {
    const rivals = rivalsIn(await list(request));
    const alive = rivals.find((lease) => isAlive(lease, aws.now()));
    if (alive) {
      await drop();
      blocker = `run ${alive.value?.run ?? '?'} on ${alive.value?.owner.host.split('/')[0] ?? '?'}`;
      request.onWait(`waiting for ${blocker}, which ${request.work}`);
      return undefined;
    }
    const name = `${request.path}/${Math.max(0, ...rivals.map((lease) => lease.number)) + 1}`;
    made.add(name);
    const created = await createParameter(aws, region, name, value());
    const now = await list(request);
    // It was there already: another's, or ours, made by a request whose answer was lost.
    const mine = created || now.some((lease) => lease.name === name && lease.value?.token === token);
    if (!mine) {
      made.delete(name);
      return undefined;
    }
    if (rivalsIn(now).some((lease) => isAlive(lease, aws.now()))) {
      await drop();
      await sleep(Math.random() * 500);
      return undefined;
    }
    for (const lease of rivals) await deleteParameter(aws, region, lease.name);
    return keep(request, name, value);
  }

  try {
    return await until<Lease>({
      signal: request.signal,
      budgetMs: WAIT_MS,
      look,
      late: () =>
        new BakeError('LOCK_HELD', {
          owner: blocker,
          work: request.work,
          hours: WAIT_MS / 3600_000,
          name: request.path,
        }),
    });
  } catch (error) {
    // Whatever stopped us, a lease that nobody holds would block others; the reason for the stop comes first.
    await drop().catch(() => {});
    throw error;
  }
}

function keep({ aws, region }: LeaseRequest, name: string, value: () => string): Lease {
  let beating: Promise<void> = Promise.resolve();
  const heartbeat = setInterval(() => {
    // A missed heartbeat costs nothing: ten of them must be missed before anybody acts on it.
    beating = overwriteParameter(aws, region, name, value()).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      // A heartbeat under way would make the lease again after it was deleted.
      await beating;
      await deleteParameter(aws, region, name);
    },
  };
}

async function list(request: LeaseRequest): Promise<Held[]> {
  const values = await readPath(request.aws, request.region, request.path);
  return [...values].flatMap(([name, text]) => {
    const number = Number(name.slice(request.path.length + 1));
    return Number.isInteger(number) ? [{ name, number, value: parse(text) }] : [];
  });
}

/**
 * Who holds leases in a Region: whatever they made is in use.
 * @param folder what all leases' names begin with, without the last slash
 */
export async function liveLeases(
  aws: Session,
  region: string,
  folder: string,
): Promise<{ runs: Set<string>; names: Set<string> }> {
  const live = { runs: new Set<string>(), names: new Set<string>() };
  for (const [name, text] of await readPath(aws, region, folder)) {
    const value = parse(text);
    if (!value || !isAlive({ name, number: 0, value }, aws.now())) continue;
    live.runs.add(value.run);
    live.names.add(name.slice(folder.length + 1).split('/')[0] ?? '');
  }
  return live;
}

function isAlive(lease: Held, now: Date): boolean {
  if (!lease.value) return false;
  const seen = checkOwner(lease.value.owner);
  if (seen !== 'unknown') return seen === 'alive';
  return now.getTime() - Date.parse(lease.value.heartbeat) < EXPIRY_MS;
}

function parse(text: string): LeaseValue | undefined {
  try {
    const value = JSON.parse(text) as Partial<LeaseValue> | null;
    return value?.owner && value.token && value.heartbeat ? (value as LeaseValue) : undefined;
  } catch {
    return undefined;
  }
}
