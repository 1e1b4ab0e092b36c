/**
 * Holds the lock of a fingerprint: numbered leases `<path>/<n>` in SSM, created by PutParameter without Overwrite, which is
 * the only atomic create of SSM. To delete a dead lease and create it again would race, so a process creates the lease with
 * the next number instead. Adoption by fingerprint tag guarantees a single image; the lease only saves a second bake.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParameter, deleteParameter, overwriteParameter, readPath } from '../aws/parameters.ts';
import { isTransient } from '../aws/errors.ts';
import type { Session } from '../aws/session.ts';
import { until } from '../aws/until.ts';
import { BakeError } from '../errors/bake-error.ts';
import { clockText } from '../util/duration.ts';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';

/** How often a holder renews its lease, and how long after the last renewal it counts as dead. */
const HEARTBEAT_MS = 60_000;
const EXPIRY_MS = 10 * 60_000;
/** The longest wait for another bake of the same image. */
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
  /** What the holder does: `bakes the same image`. */
  work: string;
  signal: AbortSignal;
  /** Called at each look, with the holder that this process waits for; `isNew` at the first look at each holder. */
  onWait(text: string, isNew: boolean): void;
}

/**
 * Does the work while it holds the lease. Waits while another live owner holds it.
 * @throws BakeError LOCK_HELD after six hours; what the work throws
 */
export async function withLease<T>(request: LeaseRequest, work: () => Promise<T>): Promise<T> {
  const lease = await takeLease(request);
  let done: T;
  try {
    done = await work();
  } catch (error) {
    // A lease that cannot be released expires. The error of the work is more important.
    await lease.release().catch(() => {});
    throw error;
  }
  await lease.release();
  return done;
}

/**
 * Removes the leases that a killed run left below `path`. If its work was done, no later run would ask for them and
 * remove them.
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
  /** The names that this call made: a read may not show them yet, and the answer may have been lost. */
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
      const before = blocker;
      blocker = `run ${alive.value?.run ?? '?'} on ${alive.value?.owner.host.split('/')[0] ?? '?'}`;
      const limits = untilText(alive, Date.parse(since) + WAIT_MS);
      request.onWait(`waiting for ${blocker}, which ${request.work}: ${limits}`, blocker !== before);
      return undefined;
    }
    const name = `${request.path}/${Math.max(0, ...rivals.map((lease) => lease.number)) + 1}`;
    made.add(name);
    // Without an answer it is unknown whether the lease exists; the list shows it.
    const created = await createParameter(aws, region, name, value()).catch((error: unknown) => {
      if (isTransient(error)) return false;
      throw error;
    });
    const now = await list(request);
    // The lease exists: of another process, or made by our own request whose answer was lost.
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
      aws,
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
    // Release the lease after every error, because it would block others. The first error is more important.
    await drop().catch(() => {});
    throw error;
  }
}

function keep({ aws, region }: LeaseRequest, name: string, value: () => string): Lease {
  let beating: Promise<void> | undefined;
  const heartbeat = setInterval(() => {
    // During an outage one heartbeat is repeated; a second one could be overwritten by the first, which is older.
    // A missed heartbeat does no harm: others act only after ten of them.
    beating ??= overwriteParameter(aws, region, name, value())
      .catch(() => {})
      .finally(() => (beating = undefined));
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      // A heartbeat that is still running would create the lease again after it was deleted.
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
 * The live leases of a Region, whose resources are in use.
 * @param folder the beginning of all leases' names, without the last slash
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

/** How long the wait for a lease can take. A process of this host is seen to end; another one stops renewing its lease. */
function untilText({ value }: Held, latest: number): string {
  const isHere = !value || checkOwner(value.owner) !== 'unknown';
  const abandoned = Date.parse(value?.heartbeat ?? '') + EXPIRY_MS;
  const silent = isHere ? '' : `, or until ${clockText(abandoned)} if it does not renew its lease`;
  return `until it ends${silent}; at most until ${clockText(latest)}`;
}

function parse(text: string): LeaseValue | undefined {
  try {
    const value = JSON.parse(text) as Partial<LeaseValue> | null;
    return value?.owner && value.token && value.heartbeat ? (value as LeaseValue) : undefined;
  } catch {
    return undefined;
  }
}
