/** Tests that results are real: a step that is removed or broken on its way ends the run, and nothing is published. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readHistory } from '../../src/aws/parameters.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

interface Component {
  phases: { name: string; steps: { name: string }[] }[];
}

/**
 * Stands between bake and the sandbox: Image Builder gets each component document as this function changes it. It changes
 * text, because YAML from another writer may be longer than Image Builder accepts.
 */
type Meddle = (data: string) => string;

const parameter = '/hpc/ami/stable/alinux2/x86_64/3.15.1';

/** Runs several at a time: a run that fails spends most of its time waiting for a log line that never comes. */
const limit = pLimit(4);

async function meddledRun(
  meddle: Meddle,
): Promise<{ exitCode: number | null; written: number; output: string }> {
  const folder = exampleProject();
  const result = await withAccount({ state: stateOf(folder) }, async (aws, sandbox) => {
    const proxy = http.createServer(
      (request, response) => void forward(request, response, sandbox.endpoint, meddle),
    );
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const before = await readHistory(aws, 'us-east-1', parameter);
    const ran = await bake(['--os', 'alinux2'], {
      cwd: folder,
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    proxy.closeAllConnections();
    proxy.close();
    const after = await readHistory(aws, 'us-east-1', parameter);
    return { exitCode: ran.exitCode, written: after.length - before.length, output: ran.stdout + ran.stderr };
  });
  fs.rmSync(folder, { recursive: true });
  return result;
}

async function forward(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  to: string,
  meddle: Meddle,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  let body = Buffer.concat(chunks);
  if (request.url === '/CreateComponent') {
    const call = JSON.parse(body.toString()) as { data: string };
    body = Buffer.from(JSON.stringify({ ...call, data: meddle(call.data) }));
  }
  const onward = http.request(new URL(request.url ?? '/', to), {
    method: request.method,
    headers: { ...request.headers, 'content-length': String(body.length) },
  });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [http.IncomingMessage];
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
}

/** Names of the steps and rows that this bake sends, from a run that nothing changes. */
async function names(): Promise<{ phase: string; name: string }[]> {
  const seen: { phase: string; name: string }[] = [];
  const run = await meddledRun((data) => {
    for (const { name: phase, steps } of (parse(data) as Component).phases)
      seen.push(...steps.map(({ name }) => ({ phase, name })));
    return data;
  });
  expect(run.exitCode, run.output).toBe(0);
  expect(run.written).toBe(1);
  return seen;
}

/** The parts of a document: its head, then each step. */
function stepsOf(data: string): string[] {
  return data.split(/^(?= {2}- name: )/m);
}

/** A sample: a run takes five seconds, and the hundred scripts end and report by the same few lines. */
const EVERY = 6;

/** Changes steps and checks one by one; every run must end with exit 4 and publish nothing. */
async function expectRed(meddle: (step: string) => string): Promise<void> {
  const whole = await names();
  const all = whole.filter((_, index) => index % EVERY === 0 || index === whole.length - 1);
  expect(all.length).toBeGreaterThan(10);
  const runs = all.map(({ name }) =>
    limit(async () => {
      const { exitCode, written } = await meddledRun((data) =>
        stepsOf(data)
          .map((step) => (step.startsWith(`  - name: ${name}\n`) ? meddle(step) : step))
          .join(''),
      );
      return { name, exitCode, written };
    }),
  );
  expect(await Promise.all(runs)).toEqual(all.map(({ name }) => ({ name, exitCode: 4, written: 0 })));
}

describe('a rendered component', () => {
  it('ends the run with exit 4 and writes no parameter when any one of its steps or checks is missing', async () => {
    await expectRed(() => '');
  }, 600_000);

  it('ends the run in the same way when any one of them has `exit 1`', async () => {
    // A step that only brings a file has no header from bake.
    await expectRed((step) =>
      /^ *bake_id=/m.test(step)
        ? step.replace(/^( *)bake_id=.*$/m, '$&\n$1exit 1')
        : step.replace(/^ *- \|\n( *)/m, '$&exit 1\n$1'),
    );
  }, 600_000);
});
