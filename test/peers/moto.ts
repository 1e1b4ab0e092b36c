/** Finds moto server, starts it on a free port, and ends it by its process id. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { python } from './clients.ts';

const program = path.join(path.dirname(python), 'moto_server');

/** The reason why moto cannot be used, or undefined if it can. CI must have it. */
export function motoMissing(): string | undefined {
  if (existsSync(program)) return undefined;
  const reason = `${program} missing: scripts/ci-setup installs it, or set BAKERY_PEERS`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

export interface Moto {
  endpoint: string;
  close(): Promise<void>;
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', MOTO_IAM_LOAD_MANAGED_POLICIES: 'false' },
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break;
    const up = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    await up?.arrayBuffer();
    if (up) return { endpoint, close };
    await sleep(100);
  }
  await close();
  throw new Error('moto_server did not come up in 30 s');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
