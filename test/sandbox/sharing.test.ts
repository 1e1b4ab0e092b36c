/** Several processes share one state folder: one serves, the others use it, and one of them takes over. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { takeClaim } from '../../src/sandbox/claim.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { bundled } from './bundled.ts';
import { afterTest, clientsFor, control, openAccount, temporaryFolder } from './account.ts';

async function startChild(file: string, state: string): Promise<{ child: ChildProcess; sandbox: Sandbox }> {
  const child = spawn(process.execPath, [file, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  afterTest(async () => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { child, sandbox: JSON.parse(line) as Sandbox };
  throw new Error('the child exited without output');
}

async function open(state: string): Promise<Sandbox> {
  const sandbox = await openSandbox({ state, rehearse: 'off' });
  afterTest(() => sandbox.close());
  return sandbox;
}

function ended(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('exit', resolve));
}

describe('a folder that another process serves', () => {
  async function child(state: string): Promise<{ child: ChildProcess; sandbox: Sandbox }> {
    return startChild(await bundled('sandbox-child.ts'), state);
  }

  test('is shared', async () => {
    const state = await temporaryFolder();
    const first = await child(state);
    const second = await open(state);
    expect(first.sandbox.shared).toBe(false);
    expect(second).toMatchObject({ shared: true, endpoint: first.sandbox.endpoint });
  });

  test('is taken over on the same port when that process is killed during calls', async () => {
    const state = await temporaryFolder();
    const first = await child(state);
    const second = await open(state);
    const { ssm } = clientsFor(second.endpoint, 'us-east-1', 8);
    for (let i = 0; i < 30; i++) {
      if (i === 10) first.child.kill('SIGKILL');
      await ssm.send(
        new PutParameterCommand({ Name: `/n/${i}`, Value: String(i), Type: 'String', Overwrite: true }),
      );
    }
    for (let i = 0; i < 30; i++) {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/n/${i}` }));
      expect(Parameter?.Value).toBe(String(i));
    }
    const claims = (await readdir(state)).filter((name) => name.startsWith('server.'));
    expect(claims).toEqual(['server.2.json']);
  });

  test('is taken over by exactly one of several processes', async () => {
    const state = await temporaryFolder();
    const first = await child(state);
    const others = await Promise.all([open(state), open(state), open(state)]);
    const gone = ended(first.child);
    first.child.kill('SIGKILL');
    await gone;
    const { ssm } = clientsFor(others[0].endpoint, 'us-east-1', 8);
    await ssm.send(new PutParameterCommand({ Name: '/x', Value: '1', Type: 'String' }));
    expect((await readdir(state)).filter((name) => name.startsWith('server.'))).toEqual(['server.2.json']);
    // The next process takes over when the successor closes normally.
    await Promise.all(others.slice(0, 2).map((one) => one.close()));
    const last = clientsFor(others[2].endpoint, 'us-east-1', 8);
    expect((await last.ssm.send(new GetParameterCommand({ Name: '/x' }))).Parameter?.Value).toBe('1');
  });

  test('is taken over with its port if its owner died', async () => {
    const state = await temporaryFolder();
    const first = await child(state);
    const gone = ended(first.child);
    first.child.kill('SIGKILL');
    await gone;
    const second = await open(state);
    expect(second).toMatchObject({ shared: false, endpoint: first.sandbox.endpoint });
  });

  test('can be opened by ten processes at once, and one of them serves', async () => {
    const state = await temporaryFolder();
    const all = await Promise.all(Array.from({ length: 10 }, () => open(state)));
    expect(all.filter((one) => !one.shared)).toHaveLength(1);
    expect(new Set(all.map((one) => one.endpoint)).size).toBe(1);
  });
});

test('a clock set by a sharing process applies to the account and continues in its successor', async () => {
  const { state, sandbox } = await openAccount();
  const second = await openSandbox({ state, clock: new Date('2030-01-01T00:00:00Z') });
  afterTest(() => second.close());
  expect(second.shared).toBe(true);
  expect(await control(sandbox, 'clock')).toMatchObject({ now: expect.stringMatching(/^2030-01-01T00:00/) });
  await sandbox.close();
  for (let i = 0; i < 2000; i++) {
    const now = await control(second, 'clock').catch(() => undefined);
    if (now !== undefined) {
      expect(now).toMatchObject({ now: expect.stringMatching(/^2030-01-01T00:00/) });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('no process took over');
});

test('a closed state keeps its data and can be opened on any port', async () => {
  const first = await openAccount();
  await first.ssm.send(new PutParameterCommand({ Name: '/kept', Value: 'v', Type: 'String' }));
  await first.sandbox.close();
  const second = await openAccount({ state: first.state });
  expect((await second.ssm.send(new GetParameterCommand({ Name: '/kept' }))).Parameter?.Value).toBe('v');
});

test('a port that is in use is reported', async () => {
  const { sandbox } = await openAccount();
  const port = Number(new URL(sandbox.endpoint).port);
  await expect(openSandbox({ state: await temporaryFolder(), port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
  });
});

test('an unreadable claim does not block the folder', async () => {
  const state = await temporaryFolder();
  await writeFile(path.join(state, 'server.7.json'), '{"pid":');
  expect((await open(state)).shared).toBe(false);
  expect((await readdir(state)).filter((name) => name.startsWith('server.'))).toEqual(['server.8.json']);
});

test('a claim is released if a claim with a higher number was made meanwhile', async () => {
  const state = await temporaryFolder();
  const server = { endpoint: 'http://127.0.0.1:1', clockOffset: 0 };
  const first = takeClaim(state, 2, server);
  // This process saw an empty folder and then slept. Number 1 is free, but claiming it must not succeed.
  expect(takeClaim(state, 0, server)).toBeUndefined();
  expect(takeClaim(state, 2, server)).toBeUndefined();
  expect(await readdir(state)).toEqual(['server.3.json']);
  first?.release();
});
