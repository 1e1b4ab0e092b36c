/** Tests outages between bake and AWS while bake waits for a build: the network comes back, or it does not. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/entries/result.ts';
import { findAmis } from '../../src/aws/images.ts';
import type { Session } from '../../src/aws/session.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { startBake, type Ran, type RunningBake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

/** What the network does with requests. */
type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

const kinds: [string, Answer | 'refuse'][] = [
  ['refuses connections', 'refuse'],
  ['cuts every connection', (request) => request.socket.destroy()],
  [
    'shows the error page of a gateway',
    (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
  ],
  [
    'throttles everything',
    (_, response) =>
      response
        .writeHead(429, { 'content-type': 'application/json' })
        .end(JSON.stringify({ __type: 'TooManyRequestsException', message: 'Rate exceeded' })),
  ],
];

interface Network {
  endpoint: string;
  fail(how: Answer | 'refuse'): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** A network between bake and the account, which can fail. */
async function openNetwork(account: string): Promise<Network> {
  let answer: Answer | undefined;
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    if (answer) return answer(request, response);
    const { method, headers, url } = request;
    const onward = http.request(new URL(url ?? '/', account), { method, headers }, (from) => {
      response.writeHead(from.statusCode ?? 500, from.headers);
      from.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  const hangUp = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async fail(how) {
      if (how === 'refuse') await hangUp();
      else answer = how;
    },
    async heal() {
      answer = undefined;
      if (!server.listening) await listen(port);
    },
    close: async () => (server.listening ? hangUp() : undefined),
  };
}

const args = ['--os', 'ubuntu2204', '--arch', 'x86_64', '--json'];
let folder = 'none yet';
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Starts a bake, and lets `meanwhile` act when its build runs in the account. */
async function bakeDuring(
  patience: string,
  meanwhile: (network: Network, running: RunningBake) => Promise<void>,
  after: (again: () => Promise<Ran>, network: Network) => Promise<void> = async () => {},
): Promise<Ran> {
  folder = exampleProject();
  fs.appendFileSync(`${folder}/bakery.yaml`, `\npatience: { unreachable: ${patience} }\n`);
  return withAccount({ state: stateOf(folder) }, async (aws, { endpoint }) => {
    const before = await own(aws);
    // A build of nine seconds: bake waits for it when the network fails.
    await fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify({ awsTimes: 300 }) });
    const network = await openNetwork(endpoint);
    const start = (): RunningBake =>
      startBake(args, {
        cwd: folder,
        env: { AWS_ENDPOINT_URL: network.endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
      });
    try {
      const running = start();
      await running.until(() => journalText().includes('imageBuildVersionArn'));
      await meanwhile(network, running);
      const ran = await running.ended;
      await after(async () => start().ended, network);
      const made = (await own(aws)).filter((id) => !before.includes(id));
      // Whatever happened, there is no second image.
      expect(made.length).toBeLessThan(2);
      return ran;
    } finally {
      await network.close();
    }
  });
}

/** The ids of the account's images in the Region of the build. */
async function own(aws: Session): Promise<string[]> {
  return (await findAmis(aws, 'us-east-1', { owners: ['self'] })).map(({ id }) => id);
}

function journalText(): string {
  const runs = `${folder}/.bakery/runs`;
  if (!fs.existsSync(runs)) return '';
  const files = fs.readdirSync(runs).map((run) => `${runs}/${run}/journal.jsonl`);
  return files
    .filter((file) => fs.existsSync(file))
    .map((file) => fs.readFileSync(file, 'utf8'))
    .join('');
}

describe('a bake that waits for a build', () => {
  it.each(kinds)(
    'survives a network that %s, and says so',
    async (_, how) => {
      const ran = await bakeDuring('15m', async (network, running) => {
        await network.fail(how);
        // Longer than all retries of the SDK: bake itself says that it waits.
        await running.until(({ stderr }) => stderr.includes('bake tries again until'));
        await network.heal();
      });
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stderr).toMatch(/\(patience\.unreachable\)/);
      expect(ran.stderr).toMatch(/answers again after/);
      expect((JSON.parse(ran.stdout) as RunResult).images[0]?.outcome).toBe('baked');
    },
    180_000,
  );

  it('ends at once if the credentials expire', async () => {
    const ran = await bakeDuring('15m', async (network) =>
      network.fail((_, response) =>
        response
          .writeHead(403, { 'content-type': 'application/json' })
          .end(JSON.stringify({ __type: 'ExpiredTokenException', message: 'The token is expired' })),
      ),
    );
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).not.toContain('bake tries again until');
    expect(JSON.parse(ran.stdout)).toMatchObject({ errors: [{ code: 'AWS_EXPIRED' }] });
  }, 180_000);

  it('gives up after patience.unreachable, and the same command then takes over the build', async () => {
    let repeated: Ran | undefined;
    const ran = await bakeDuring(
      '1s',
      (network) => network.fail('refuse'),
      async (again, network) => {
        await network.heal();
        repeated = await again();
      },
    );
    expect(ran.exitCode).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      errors: [{ code: 'AWS_UNREACHABLE', message: expect.stringContaining('could not be reached for 1 s') }],
    });
    expect(repeated?.exitCode, repeated?.stderr).toBe(0);
    expect((JSON.parse(repeated?.stdout ?? '') as RunResult).images[0]?.imageId).toMatch(/^ami-/);
  }, 180_000);
});
