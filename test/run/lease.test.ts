/** Tests leases with the SSM of the sandbox, over HTTP. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createParameter, readPath } from '../../src/aws/parameters.ts';
import { openSession, type Session } from '../../src/aws/session.ts';
import { withLease } from '../../src/run/lease.ts';
import { thisProcess, type Owner } from '../../src/util/owner.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { anyone } from '../support/account.ts';
import { emptyFolder } from '../support/project.ts';

const region = 'us-east-1';
const path = '/hpc/ami/lock/0123456789ab';
let state: string;
let sandbox: Sandbox;
let aws: Session;

beforeEach(async () => {
  state = emptyFolder();
  sandbox = await openSandbox({ state });
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
});
afterEach(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(state, { recursive: true });
});

interface Lease {
  release(): Promise<void>;
}

/** Holds the lease until it is told to release it. */
async function take(
  run: string,
  signal = AbortSignal.timeout(20_000),
  onWait = (_text: string) => {},
): Promise<Lease> {
  return new Promise((taken, failed) => {
    const held = withLease({ aws, region, path, run, work: 'does the same', signal, onWait }, () => {
      return new Promise<void>((finish) => {
        taken({
          release: () => {
            finish();
            return held;
          },
        });
      });
    });
    held.catch(failed);
  });
}

async function left(): Promise<string[]> {
  return [...(await readPath(aws, region, path)).keys()];
}

async function leaveBehind(number: number, owner: Owner, heartbeat: Date): Promise<void> {
  const at = heartbeat.toISOString();
  await createParameter(
    aws,
    region,
    `${path}/${number}`,
    JSON.stringify({ token: 't', run: 'old', owner, since: at, heartbeat: at }),
  );
}

const dead = (): Owner => ({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '0']).pid });
const elsewhere: Owner = { host: 'elsewhere', pid: 1, started: '1' };
const minutesAgo = (n: number): Date => new Date(aws.now().getTime() - n * 60_000);

describe('a lease', () => {
  it('exists while it is held, and not after', async () => {
    const lease = await take('a');
    expect(await left()).toEqual([`${path}/1`]);
    await lease.release();
    expect(await left()).toEqual([]);
  });

  it('is held by one process at a time, whatever the number that wait', async () => {
    let holders = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const lease = await take(`run${index}`);
        most = Math.max(most, ++holders);
        await new Promise((resolve) => setTimeout(resolve, 20));
        holders--;
        await lease.release();
      }),
    );
    expect(most).toBe(1);
    expect(await left()).toEqual([]);
  });

  it('of a dead process on this host is taken over at once and removed', async () => {
    await leaveBehind(3, dead(), new Date());
    const lease = await take('b', AbortSignal.timeout(3000));
    expect(await left()).toEqual([`${path}/4`]);
    await lease.release();
    expect(await left()).toEqual([]);
  });

  it('of another host is waited for while it is renewed', async () => {
    const heartbeat = minutesAgo(9);
    await leaveBehind(1, elsewhere, heartbeat);
    const said: string[] = [];
    await expect(take('b', AbortSignal.timeout(600), (text) => said.push(text))).rejects.toThrow(/abort/);
    const end = new Date(heartbeat.getTime() + 10 * 60_000).toISOString().slice(11, 16);
    expect(said[0]).toContain(
      `waiting for run old on elsewhere, which does the same: until it ends, or until ${end} UTC if it does not renew its lease`,
    );
    expect(said[0]).toMatch(/; at most until \d\d:\d\d UTC$/);
  });

  it('of another host is taken over eleven minutes after its last renewal', async () => {
    await leaveBehind(1, elsewhere, minutesAgo(11));
    const lease = await take('b', AbortSignal.timeout(3000));
    await lease.release();
    expect(await left()).toEqual([]);
  });

  it('is made once even if any answer may be lost', async () => {
    await fetch(`${sandbox.endpoint}/_sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify({ lostAnswer: 0.3, throttle: 0.1, seed: 7 }),
    });
    const lease = await take('a');
    await lease.release();
    await fetch(`${sandbox.endpoint}/_sandbox/faults`, { method: 'POST', body: '{}' });
    expect(await left()).toEqual([]);
  });
});

describe('a lease with reads that lag behind writes', () => {
  it('is acquired at once, and leaves nothing', async () => {
    const faults = (set: object): Promise<Response> =>
      fetch(`${sandbox.endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(set) });
    await faults({ staleMs: 1500 });
    const lease = await take('a', AbortSignal.timeout(3000));
    await lease.release();
    await faults({});
    expect(await left()).toEqual([]);
  });

  it('is removed if its owner is stopped while it acquires it', async () => {
    await leaveBehind(1, elsewhere, minutesAgo(1));
    await expect(take('b', AbortSignal.timeout(400))).rejects.toThrow(/abort/);
    expect(await left()).toEqual([`${path}/1`]);
  });
});

describe('work under a lease', () => {
  it('that fails releases the lease and throws its error', async () => {
    const signal = AbortSignal.timeout(5000);
    const request = { aws, region, path, run: 'a', work: 'does the same', signal, onWait: () => {} };
    await expect(withLease(request, () => Promise.reject(new Error('the work failed')))).rejects.toThrow(
      'the work failed',
    );
    expect(await left()).toEqual([]);
  });
});
