/** Tests that instances of the sandbox really run: SSH logins, changes, stops, images, and starts with the same disk. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateImageCommand,
  CreateKeyPairCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { findIsolation } from '../../src/engines/rehearsal/isolation.ts';
import { startInstanceOn, whyNoInstances } from '../../src/engines/rehearsal/instance.ts';
import { officialImage } from '../../src/sandbox/official.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { afterTest, clientsFor, control, openAccount, temporaryFolder } from '../sandbox/account.ts';
import { processesWith } from './support/machine.ts';

const why = await whyNoInstances();
if (why !== undefined && process.env['CI'] === 'true') throw new Error(why);
const ubuntu = officialImage('us-east-1', 'ubuntu2204', 'x86_64', '3.16.3')?.id ?? '';

interface Login {
  host: string;
  port: number;
  privateKey: string;
}

interface Said {
  code: number | undefined;
  out: string;
  err: string;
}

function connect(login: ConnectConfig): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on('ready', () => resolve(client)).on('error', reject);
    client.connect({ username: 'ubuntu', readyTimeout: 10_000, ...login });
  });
}

async function ssh(
  login: Login,
  command: string,
  options: { input?: string; pty?: boolean } = {},
): Promise<Said> {
  const client = await connect(login);
  try {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.exec(command, { pty: options.pty ?? false, env: { LC_TEST: 'from afar' } }, (error, opened) =>
        error ? reject(error) : resolve(opened),
      );
    });
    const said: Said = { code: undefined, out: '', err: '' };
    channel.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    channel.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    channel.on('exit', (code: number) => (said.code = code));
    channel.end(options.input ?? '');
    await new Promise((resolve) => channel.on('close', resolve));
    return said;
  } finally {
    client.end();
  }
}

async function launch(ec2: EC2Client, ImageId: string, KeyType: 'rsa' | 'ed25519' = 'ed25519') {
  const KeyName = `key ${Math.random()}`;
  const { KeyMaterial = '' } = await ec2.send(new CreateKeyPairCommand({ KeyName, KeyType }));
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId, InstanceType: 'c5.xlarge', MinCount: 1, MaxCount: 1, KeyName }),
  );
  const id = Instances?.[0]?.InstanceId ?? '';
  const { host } = await running(ec2, id);
  return { id, privateKey: KeyMaterial, host };
}

async function stateOf(ec2: EC2Client, id: string) {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0];
}

async function running(ec2: EC2Client, id: string): Promise<{ host: string }> {
  await expect.poll(async () => (await stateOf(ec2, id))?.State?.Name, { timeout: 20_000 }).toBe('running');
  return { host: (await stateOf(ec2, id))?.PrivateIpAddress ?? '' };
}

async function imageOf(
  ec2: EC2Client,
  InstanceId: string,
  more: { NoReboot?: boolean } = {},
): Promise<string> {
  const { ImageId = '' } = await ec2.send(
    new CreateImageCommand({ InstanceId, Name: `image ${Math.random()}`, ...more }),
  );
  const state = async () =>
    (await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images?.[0]?.State;
  await expect.poll(state, { timeout: 20_000 }).toBe('available');
  return ImageId;
}

describe.skipIf(why !== undefined)(`instances${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test('run commands like sshd: streams, exit codes, input, environment, a terminal, sudo', async () => {
    const { sandbox, ec2 } = await openAccount({ rehearse: 'on' });
    const { port } = (await control(sandbox, 'ssh')) as { port: number };
    const login = { port, ...(await launch(ec2, ubuntu)) };
    expect(await ssh(login, 'echo out; echo err >/dev/stderr; exit 7')).toEqual({
      code: 7,
      out: 'out\n',
      err: 'err\n',
    });
    const bytes = 'x'.repeat(300_000);
    expect((await ssh(login, 'wc -c </dev/stdin', { input: bytes })).out.trim()).toBe('300000');
    expect((await ssh(login, 'pwd; echo "$LC_TEST"')).out).toBe('/home/ubuntu\nfrom afar\n');
    expect((await ssh(login, "sudo -n A='b c' bash -c 'id -u; echo $A $HOME'; sudo -En true")).out).toBe(
      '0\nb c /root\n',
    );
    expect((await ssh(login, 'reboot')).code).toBe(1);
    if ((await ssh(login, 'type -P script')).code === 0) {
      expect((await ssh(login, 'test -t 1 && echo terminal', { pty: true })).out).toContain('terminal');
    }
    // An instance does not see this machine's files or processes.
    expect((await ssh(login, `ls ${import.meta.dirname}; ls /proc/${process.pid}`)).out).toBe('');
  });

  test('accept only the key of the launch and only the login user', async () => {
    const { sandbox, ec2 } = await openAccount({ rehearse: 'on' });
    const { port } = (await control(sandbox, 'ssh')) as { port: number };
    const one = await launch(ec2, ubuntu, 'rsa');
    const { KeyMaterial = '' } = await ec2.send(new CreateKeyPairCommand({ KeyName: 'other' }));
    expect((await ssh({ port, ...one }, 'id -un')).code).toBe(0);
    await expect(connect({ port, host: one.host, privateKey: KeyMaterial })).rejects.toThrow(
      /authentication/,
    );
    await expect(connect({ port, ...one, username: 'root' })).rejects.toThrow(/authentication/);
    await expect(connect({ port, host: one.host, password: '' })).rejects.toThrow(/authentication/);
  });

  test('keep their changes over a stop and in images, also images of a running instance, but not in their parent image', async () => {
    const { sandbox, ec2 } = await openAccount({ rehearse: 'on' });
    const { port } = (await control(sandbox, 'ssh')) as { port: number };
    const one = await launch(ec2, ubuntu);
    await ssh(
      { port, ...one },
      'echo nonce-1 | sudo tee /opt/nonce; sudo rm -rf /etc/cloud; sleep 1000 </dev/null >/dev/null 2>&1 &',
    );
    await ec2.send(new StopInstancesCommand({ InstanceIds: [one.id] }));
    await expect.poll(async () => (await stateOf(ec2, one.id))?.State?.Name).toBe('stopped');
    const image = await imageOf(ec2, one.id);
    await ec2.send(new StartInstancesCommand({ InstanceIds: [one.id] }));
    const again = await running(ec2, one.id);
    expect((await ssh({ port, ...one, ...again }, 'cat /opt/nonce; ls /etc/cloud')).out).toBe('nonce-1\n');
    await ssh({ port, ...one, ...again }, 'echo nonce-2 | sudo tee /opt/nonce');
    const live = await imageOf(ec2, one.id, { NoReboot: true });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [one.id] }));

    expect((await ssh({ port, ...(await launch(ec2, image)) }, 'cat /opt/nonce; ls /etc/cloud')).out).toBe(
      'nonce-1\n',
    );
    expect((await ssh({ port, ...(await launch(ec2, live)) }, 'cat /opt/nonce')).out).toBe('nonce-2\n');
    expect((await ssh({ port, ...(await launch(ec2, ubuntu)) }, 'ls /opt/nonce')).code).toBe(2);
  });

  test('run again when the sandbox starts again', async () => {
    const state = await temporaryFolder();
    const first = await openSandbox({ state });
    const { ec2 } = clientsFor(first.endpoint);
    const { port } = (await control(first, 'ssh')) as { port: number };
    const one = await launch(ec2, ubuntu);
    await ssh({ port, ...one }, 'echo kept | sudo tee /opt/kept');
    await first.close();
    expect(await processesWith(path.basename(state))).toEqual([]);

    const second = await openSandbox({ state });
    afterTest(() => second.close());
    const clients = clientsFor(second.endpoint);
    const back = await running(clients.ec2, one.id);
    expect((await ssh({ port, ...one, ...back }, 'cat /opt/kept')).out).toBe('kept\n');
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [one.id] }));
    await expect.poll(async () => (await stateOf(clients.ec2, one.id))?.State?.Name).toBe('terminated');
    expect(await readdir(path.join(state, 'layers')).catch(() => [])).toEqual([]);
  });

  test('are reported as terminated when the state says that they run but no process does', async () => {
    const state = await temporaryFolder();
    const first = await openSandbox({ state, rehearse: 'off' });
    const one = await launch(clientsFor(first.endpoint).ec2, ubuntu);
    await first.close();
    const second = await openSandbox({ state });
    afterTest(() => second.close());
    const seen = await stateOf(clientsFor(second.endpoint).ec2, one.id);
    expect(seen).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Server.InternalError' },
    });
  });

  test('run for an ordinary user as well, who stands for root inside', async () => {
    const { isolation } = await findIsolation();
    const target = { os: 'ubuntu2204', arch: 'x86_64' as const, parallelcluster: '3.16.3' };
    const scratch = path.join(await temporaryFolder(), 'x.tar');
    for (const rung of [
      { isolation, overlay: true },
      { isolation: 'user' as const, overlay: true },
    ]) {
      const instance = await startInstanceOn({ target, scratch }, rung);
      try {
        const command = instance.run({
          as: 'user',
          line: 'sudo -n id -u; touch /usr/local/bin/x ~/y && ls ~/y',
        });
        let out = '';
        command.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
        command.stdin.end();
        const expected = rung.isolation === 'root' ? '0\n' : '0\n/home/ubuntu/y\n';
        await command.exit;
        expect(out).toBe(expected);
      } finally {
        await instance.close();
      }
    }
  });
});
