/** Tests failures while channels change: labels that block all writes, and a kill at every write. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { overwriteParameter, putAmiParameter, readPath } from '../../src/aws/parameters.ts';
import { publishStage } from '../../src/pipeline/stages/moves.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { openChannels, parameterOf, regions, type Channels } from '../support/channels.ts';
import { exampleProject } from '../support/project.ts';

const publish = publishStage({ image: undefined, unverified: false });

let at: Channels;
beforeEach(async () => {
  at = await openChannels();
});
afterEach(() => at.close());

async function officials(region: string): Promise<string[]> {
  const name = ['aws-parallelcluster-3.16.*-x86_64*'];
  return (await findAmis(at.aws, region, { owners: ['amazon'], filters: { name } })).map(({ id }) => id);
}

describe('a label on the oldest of a hundred versions', () => {
  it('keeps the successful writes if a Region fails, reports each Region, and completes later', async () => {
    const [a] = await at.bakeImage('aaaa');
    await at.run(publish);
    // A hundred versions, and a label on the oldest.
    const name = parameterOf('candidate');
    const others = await officials('eu-west-1');
    for (let turn = 0; turn < 99; turn++) {
      await putAmiParameter(at.aws, 'eu-west-1', name, others[turn % 2] ?? '', 'by hand');
    }
    const label = { Name: name, ParameterVersion: 1, Labels: ['pinned'] };
    await at.aws.ssm('eu-west-1').send(new LabelParameterVersionCommand(label));
    const [b, copy] = await at.bakeImage('bbbb');
    const failing = at.run(publish);
    await expect(failing).rejects.toMatchObject({ code: 'PUBLISH_PARTLY', exit: 4 });
    await expect(failing).rejects.toThrow(/✓ us-east-1\n +✗ eu-west-1: .*carries the label pinned/);
    expect(await at.values('candidate')).toEqual([a?.id, b?.id]);
    // Follows the hint. The next oldest version has a label, too, but later versions have the same value.
    await at.aws.ssm('eu-west-1').send(new LabelParameterVersionCommand({ ...label, ParameterVersion: 3 }));
    await putAmiParameter(at.aws, 'eu-west-1', name, others[1] ?? '', 'by hand');
    await at.aws.ssm('eu-west-1').send(new LabelParameterVersionCommand({ ...label, ParameterVersion: 2 }));
    await at.run(publish);
    expect((await at.values('candidate', 'eu-west-1')).at(-1)).toBe(copy?.id);
    expect(at.events).toContainEqual({
      type: 'warning',
      text: `${name} in eu-west-1: label pinned moved from version 2 to 100, the same image`,
    });
    expect(await at.values('candidate')).toEqual([a?.id, b?.id]);
  });

  it('removes a label from a version whose image no longer exists', async () => {
    const name = parameterOf('candidate');
    for (let turn = 0; turn < 100; turn++) await overwriteParameter(at.aws, 'us-east-1', name, `v${turn}`);
    const label = { Name: name, ParameterVersion: 1, Labels: ['old'] };
    await at.aws.ssm('us-east-1').send(new LabelParameterVersionCommand(label));
    const [image] = await at.bakeImage('aaaa');
    await at.run(publish, { regions: ['us-east-1'] });
    expect((await at.values('candidate')).at(-1)).toBe(image?.id);
    expect(at.events.at(-2)).toMatchObject({ text: expect.stringContaining('v0 is gone') });
  });
});

/** A proxy between bake and its account that counts the writes, and kills the client before or after one of them. */
async function killer(endpoint: string, write: number, answered: boolean) {
  let seen = 0;
  const victim: { kill?: () => void } = {};
  const server = http.createServer((request, response) => void pass(request, response));
  async function pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const action = `${String(request.headers['x-amz-target'])} ${/Action=(\w+)/.exec(body)?.[1] ?? ''}`;
    const writes = !/[. ](Describe|Get)/.test(action);
    if (writes) seen += 1;
    const dies = writes && seen === write;
    if (dies && !answered) return victim.kill?.();
    const headers = { ...(request.headers as Record<string, string>) };
    for (const name of ['connection', 'transfer-encoding', 'content-length', 'expect']) delete headers[name];
    const answer = await fetch(`${endpoint}${request.url}`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (dies) return victim.kill?.();
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
      date: answer.headers.get('date') ?? '',
    });
    response.end(text);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    victim,
    seen: () => seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @returns the exit code; null: killed */
function promote(
  folder: string,
  endpoint: string,
  victim: { kill?: () => void } = {},
): Promise<number | null> {
  const child = spawn(process.execPath, [bakeBin(), 'promote', '--os', 'alinux2', '--no-rotate', '--yes'], {
    cwd: folder,
    env: {
      ...plainEnvironment(),
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    },
    stdio: 'ignore',
  });
  victim.kill = () => void child.kill('SIGKILL');
  return new Promise((resolve) => child.on('close', resolve));
}

describe('a promote that is killed', () => {
  it('at any write, before it or after its answer was lost, completes when it is repeated', async () => {
    const config = fs.readFileSync(
      fileURLToPath(new URL('../../examples/bakery.yaml', import.meta.url)),
      'utf8',
    );
    const folder = exampleProject({
      'bakery.yaml': config.replace(
        '- os: alinux2 ',
        '- os: alinux2\n    regions: [us-east-1, eu-west-1]\n   ',
      ),
    });
    let last = '';
    let ended = false;
    for (let write = 1; !ended; write++) {
      const images = await at.bakeImage(`print${write}`);
      await at.run(publish);
      const between = await killer(at.endpoint, write, write % 2 === 0);
      const exit = await promote(folder, between.address, between.victim);
      between.close();
      ended = between.seen() < write;
      expect(exit, `write ${write}`).toBe(ended ? 0 : null);
      expect(await promote(folder, at.endpoint), `write ${write}`).toBe(0);
      for (const [index, region] of regions.entries()) {
        expect((await at.values('stable', region)).at(-1), `write ${write}`).toBe(images[index]?.id);
        expect(await at.image(region, images[index]?.id ?? '')).toMatchObject({ isProtected: true });
        expect([...(await readPath(at.aws, region, '/hpc/ami/lock')).keys()]).toEqual([]);
      }
      if (last !== '')
        expect((await at.image('us-east-1', last)).deprecatedAt, `write ${write}`).toBeDefined();
      last = images[0]?.id ?? '';
      expect(write).toBeLessThan(40);
    }
    fs.rmSync(folder, { recursive: true });
  }, 240_000);
});
