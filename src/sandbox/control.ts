/** Answers the sandbox's own paths below /_sandbox/: faults, clock, call counts, SNS messages, SSH port, end of the server. */
import type { ServerResponse } from 'node:http';
import type { Account } from './answer.ts';
import { readFaults } from './faults.ts';
import { AwsError } from './wire/aws-error.ts';

/** AWS's date formats have four digits for the year. */
const LATEST = Date.parse('9999-01-01T00:00:00Z');

export interface Control {
  account: Account;
  /** Called after the clock was set. */
  clockSet: () => void;
  /** Responses that stay open until the server closes. */
  watchers: Set<ServerResponse>;
}

/** Answers a control request. Never throws. */
export function control(
  { account, clockSet, watchers }: Control,
  request: { method: string; path: string; body: string },
  response: ServerResponse,
): void {
  if (request.path === '/_sandbox/watch') {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    watchers.add(response);
    response.on('close', () => watchers.delete(response));
    return;
  }
  try {
    const answer = handleControl(account, request, clockSet);
    send(response, 200, answer);
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError('InvalidRequest', (error as Error).message);
    send(response, known.status, { error: known.code, message: known.message });
  }
}

function handleControl(
  account: Account,
  { method, path, body }: { method: string; path: string; body: string },
  clockSet: () => void,
): object {
  const address = `${method} ${path}`;
  if (address === 'GET /_sandbox/calls')
    return Object.fromEntries([...account.calls].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (address === 'GET /_sandbox/messages') return { messages: account.store.list('message') };
  if (address === 'GET /_sandbox/ssh') return { port: account.machines.sshPort() };
  if (address === 'GET /_sandbox/faults') return account.faults.current;
  if (address === 'GET /_sandbox/clock') return { now: account.clock.now().toISOString() };
  if (address === 'POST /_sandbox/faults') {
    account.faults.set(readFaults(JSON.parse(body)));
    return account.faults.current;
  }
  if (address === 'POST /_sandbox/clock') {
    const { now } = (JSON.parse(body) ?? {}) as { now?: unknown };
    const time = Date.parse(String(now));
    if (!(time >= 0 && time <= LATEST))
      throw new AwsError('InvalidClock', 'expected {"now": "2026-12-01T00:00:00Z"}');
    account.clock.set(new Date(time));
    clockSet();
    return { now: account.clock.now().toISOString() };
  }
  throw new AwsError('NotFound', `the sandbox has no ${address}`, 404);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
