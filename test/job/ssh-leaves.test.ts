/**
 * Tests that the served sandbox, as it is bundled and minified, survives SSH clients that leave: at every byte of a login
 * with a command, and at each step of a session.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateKeyPairCommand, DescribeInstancesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import pLimit from 'p-limit';
import { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoInstances } from '../../src/engines/rehearsal/instance.ts';
import { officialImage } from '../../src/sandbox/official.ts';
import { openSession, type Session } from '../../src/aws/session.ts';
import { anyone } from '../support/account.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder } from '../support/project.ts';

const why = await whyNoInstances();
if (why !== undefined && process.env['CI'] === 'true') throw new Error(why);

interface Login {
  host: string;
  port: number;
  privateKey: string;
}

/** A TCP relay to the login's server that passes on `limit` bytes of the client and then ends the connection. */
async function relay({ host, port }: Login, limit: number) {
  const seen = { bytes: 0 };
  const server = net.createServer((client) => {
    const upstream = net.connect(port, host);
    const leave = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, limit - seen.bytes);
      seen.bytes += part.length;
      // The connection ends once the server has these bytes.
      upstream.write(part, () => void (seen.bytes >= limit && setImmediate(leave)));
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const side of [client, upstream]) side.on('error', leave).on('close', leave);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, seen, close: () => server.close() };
}

/** Logs in and runs `true`. @returns whether the command ran */
function runTrue(login: Login): Promise<boolean> {
  return new Promise((resolve) => {
    const client = new Client();
    const end = (ran: boolean): void => {
      client.end();
      resolve(ran);
    };
    client.on('error', () => end(false)).on('close', () => end(false));
    client.on('ready', () =>
      client.exec('true', (error, channel) => {
        if (error) return end(false);
        channel.on('exit', (code: number) => end(code === 0)).on('close', () => end(false));
        return channel.resume();
      }),
    );
    client.connect({ username: 'ubuntu', readyTimeout: 30_000, ...login });
  });
}

describe.skipIf(why !== undefined)(
  `a client that leaves${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let server: ReturnType<typeof spawn>;
    let login: Login;
    let aws: Session | undefined;
    beforeAll(async () => {
      const env = { ...plainEnvironment(), PATH: process.env['PATH'] };
      server = spawn(process.execPath, [bakeBin(), 'sandbox', '--json'], { cwd: emptyFolder(), env });
      if (!server.stdout) throw new Error('no output');
      const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const { endpoint } = JSON.parse(line) as { endpoint: string };
      const { port } = (await (await fetch(`${endpoint}/_sandbox/ssh`)).json()) as { port: number };
      aws = openSession({ env: {}, endpoint, credentials: anyone });
      const ec2 = aws.ec2('us-east-1');
      const { KeyMaterial = '' } = await ec2.send(
        new CreateKeyPairCommand({ KeyName: 'k', KeyType: 'ed25519' }),
      );
      const ImageId = officialImage('us-east-1', 'ubuntu2204', 'x86_64', '3.16.3')?.id ?? '';
      await ec2.send(
        new RunInstancesCommand({
          ImageId,
          InstanceType: 'c5.xlarge',
          MinCount: 1,
          MaxCount: 1,
          KeyName: 'k',
        }),
      );
      const instance = async () =>
        (await ec2.send(new DescribeInstancesCommand({}))).Reservations?.[0]?.Instances?.[0];
      while ((await instance())?.State?.Name !== 'running') await sleep(100);
      login = { host: (await instance())?.PrivateIpAddress ?? '', port, privateKey: KeyMaterial };
    });
    afterAll(async () => {
      server?.kill('SIGTERM');
      if (server?.exitCode === null) await once(server, 'exit');
    });

    test('at any byte of its login does not end the server', async () => {
      const whole = await relay(login, Number.MAX_SAFE_INTEGER);
      expect(await runTrue({ ...login, host: '127.0.0.1', port: whole.port })).toBe(true);
      whole.close();
      const limit = pLimit(8);
      const results = await Promise.all(
        Array.from({ length: whole.seen.bytes }, (_, byte) =>
          limit(async () => {
            const cut = await relay(login, byte + 1);
            const ran = await runTrue({ ...login, host: '127.0.0.1', port: cut.port });
            cut.close();
            return ran;
          }),
        ),
      );
      expect(results.filter((ran) => !ran).length).toBeGreaterThan(whole.seen.bytes / 2);
      expect(server.exitCode).toBeNull();
      expect(await runTrue(login)).toBe(true);
    });

    test.each(['session', 'shell', 'subsystem', 'pty', 'agent'])(
      'after it opened a channel (%s) does not end the server',
      async (step) => {
        for (let time = 0; time < 5; time++) {
          const client = new Client();
          client.connect({ username: 'ubuntu', readyTimeout: 30_000, ...login });
          await once(client, 'ready');
          const socket = (client as unknown as { _sock: Socket })._sock;
          await new Promise<void>((resolve) => {
            const leave = (): void => {
              socket.destroy();
              resolve();
            };
            if (step === 'shell') client.shell(leave);
            else if (step === 'subsystem') client.subsys('sftp', leave);
            else if (step === 'pty') client.exec('sleep 60', { pty: true }, leave);
            else if (step === 'agent') client.exec('cat', { env: { A: 'b' } }, leave);
            else {
              // The channel is open as soon as the server has confirmed it; the command is never sent.
              client.exec('true', () => {});
              socket.once('data', leave);
            }
          });
        }
        expect(server.exitCode).toBeNull();
        expect(await runTrue(login)).toBe(true);
      },
    );
  },
);
