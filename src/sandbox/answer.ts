/** Owns a request's way through the sandbox: route → decode → validate → handler → commit → encode. */
import { randomUUID } from 'node:crypto';
import type { Builder } from './imagebuilder/builder.ts';
import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import type { FaultDice } from './faults.ts';
import { loadHandlers } from './handlers.ts';
import { ACCOUNT } from './ids.ts';
import { partitionOf } from '../os/releases.ts';
import type { Store } from './store/store.ts';
import { begin } from './store/transaction.ts';
import { AwsError, errorAnswer, type Answer } from './wire/aws-error.ts';
import { readForm } from './wire/form.ts';
import { jsonBody, readJson } from './wire/json.ts';
import { loadModel, type Model, type Operation, type Protocol } from './wire/model.ts';
import { findRoute, readScope } from './wire/route.ts';
import { validate } from './wire/validate.ts';
import { xmlBody } from './wire/xml.ts';

export interface WireRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

export interface Account {
  store: Store;
  clock: Clock;
  faults: FaultDice;
  builder: Builder;
  /** `service:Operation` → requests so far. */
  calls: Map<string, number>;
}

/** Operations that only look; they may see the state as it was. */
const READS = /^(Describe|Get|List|Filter)/;

/** The answer to any request whatsoever: a bad one gets 4xx. Never throws. */
export async function answer(account: Account, request: WireRequest): Promise<Answer> {
  const requestId = randomUUID();
  const said: { protocol: Protocol; model: Model | undefined } = {
    protocol: guessProtocol(request),
    model: undefined,
  };
  try {
    return await carryOut(account, request, requestId, said);
  } catch (error) {
    const known =
      error instanceof AwsError
        ? error
        : // 4xx on purpose: clients repeat a 5xx for minutes, and a bug does not go away.
          new AwsError('SandboxBug', `a bug of the sandbox: ${(error as Error).stack ?? String(error)}`);
    return errorAnswer(known, said.protocol, requestId, said.model);
  }
}

async function carryOut(
  account: Account,
  request: WireRequest,
  requestId: string,
  said: { protocol: Protocol; model: Model | undefined },
): Promise<Answer> {
  const { path, query } = splitUrl(request.url);
  const scope = readScope(request.headers['authorization'], query);
  const model = await loadModel(scope.service);
  said.model = model;
  said.protocol = model.metadata.protocol;
  const refusal = account.faults.refusal(scope.service);
  if (refusal) throw refusal;

  const form = request.method === 'GET' ? query : new URLSearchParams(request.body);
  const { name, operation, uri } = findRoute(model, {
    method: request.method,
    path,
    target: request.headers['x-amz-target'],
    form,
  });
  const counter = `${scope.service}:${name}`;
  account.calls.set(counter, (account.calls.get(counter) ?? 0) + 1);

  const handler = (await loadHandlers(scope.service))[name];
  const input = isForm(model)
    ? readForm(model, operation.input, form)
    : readJson(model, operation, request.body, uri, query);
  validate(scope.service, model, operation.input, input);
  if (!handler) throw notImplemented(scope.service, name, model.metadata.protocol);

  const { faults, store } = account;
  const stale = faults.current.staleMs ?? 0;
  const state = begin(READS.test(name) && stale > 0 ? store.asOf(stale) : store);
  const afterwards: (() => void)[] = [];
  const call: Call = {
    service: scope.service,
    operation: name,
    region: scope.region,
    account: ACCOUNT,
    partition: partitionOf(scope.region),
    now: account.clock.now(),
    requestId,
    state,
    builder: account.builder,
    afterwards: (work) => afterwards.push(work),
  };
  const output = handler(input as never, call);
  store.commit(state.changes());
  for (const work of afterwards) work();
  return success(model, name, operation, output, requestId);
}

function success(
  model: Model,
  name: string,
  operation: Operation,
  output: object,
  requestId: string,
): Answer {
  const headers = { 'x-amzn-requestid': requestId };
  if (isForm(model)) {
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'text/xml;charset=UTF-8' },
      body: xmlBody(model, name, operation, output, requestId),
    };
  }
  const type = model.metadata.protocol === 'json' ? 'application/x-amz-json-1.1' : 'application/json';
  return {
    status: 200,
    headers: { ...headers, 'content-type': type },
    body: jsonBody(model, operation, output),
  };
}

function isForm(model: Model): boolean {
  return model.metadata.protocol === 'ec2' || model.metadata.protocol === 'query';
}

/** How to write an error before the service is known. */
function guessProtocol(request: WireRequest): Protocol {
  if (request.headers['x-amz-target'] !== undefined) return 'json';
  return request.headers['content-type']?.includes('form') ? 'ec2' : 'rest-json';
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const [path, query] = url.split(/\?(.*)/s) as [string, string?];
  return { path, query: new URLSearchParams(query ?? '') };
}

function notImplemented(service: string, name: string, protocol: Protocol): AwsError {
  const code =
    protocol === 'ec2' || protocol === 'query' ? 'UnsupportedOperation' : 'UnknownOperationException';
  return new AwsError(code, `The sandbox does not implement ${service}:${name}.`);
}
