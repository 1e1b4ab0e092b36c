/** Answers a request: route → decode → validate → handler → commit → encode. */
import { randomUUID } from 'node:crypto';
import type { Builder } from './imagebuilder/builder.ts';
import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import type { FaultDice } from './faults.ts';
import { loadHandlers } from './handlers.ts';
import { ACCOUNT } from './ids.ts';
import { checkMemberOperation, memberOf, memberView } from './members.ts';
import { partitionOf } from '../os/releases.ts';
import type { Machines } from './instances/machines.ts';
import type { KeyFiles } from './kms/material.ts';
import type { ObjectFiles } from './s3/files.ts';
import type { Upload } from './s3/upload.ts';
import type { StateStore } from './store/store.ts';
import { begin } from './store/transaction.ts';
import { AwsError, errorAnswer, type HttpAnswer } from './wire/aws-error.ts';
import { readForm } from './wire/form.ts';
import { jsonBody, readJson } from './wire/json.ts';
import { loadModel, type Model, type Operation, type Protocol, type ServiceId } from './wire/model.ts';
import { readRestXml, restXmlAnswer, restXmlRoute } from './wire/rest-xml.ts';
import { findRoute, readScope } from './wire/route.ts';
import { validate } from './wire/validate.ts';
import { xmlBody } from './wire/xml.ts';

export interface WireRequest {
  method: string;
  /** Path and query, undecoded. */
  url: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  /** The content of an S3 object; `body` is then empty. */
  upload?: Upload | undefined;
}

export interface Account {
  store: StateStore;
  clock: Clock;
  faults: FaultDice;
  builder: Builder;
  machines: Machines;
  files: ObjectFiles;
  keys: KeyFiles;
  /** `service:Operation` → requests so far. */
  calls: Map<string, number>;
}

/** Operations that only read: under the fault `staleMs` they see an older state. */
const READS = /^(Describe|Get|List|Filter)/;

/** The service of a request, as far as it is known. It decides how an error is encoded. */
interface KnownService {
  protocol: Protocol;
  model: Model | undefined;
}

/** Answers any request; an invalid one gets 4xx. Never throws. */
export async function answer(account: Account, request: WireRequest): Promise<HttpAnswer> {
  const requestId = randomUUID();
  const service: KnownService = { protocol: guessProtocol(request), model: undefined };
  try {
    return await carryOut(account, request, requestId, service);
  } catch (error) {
    const known =
      error instanceof AwsError
        ? error
        : // 4xx, because clients retry a 5xx for minutes and a retry does not fix a bug.
          new AwsError('SandboxBug', `a bug of the sandbox: ${(error as Error).stack ?? String(error)}`);
    return errorAnswer(known, service.protocol, requestId, service.model);
  }
}

async function carryOut(
  account: Account,
  request: WireRequest,
  requestId: string,
  service: KnownService,
): Promise<HttpAnswer> {
  const { path, query } = splitUrl(request.url);
  const scope = readScope(request.headers['authorization'], query);
  const model = await loadModel(scope.service);
  service.model = model;
  service.protocol = model.metadata.protocol;
  const refusal = account.faults.refusal(scope.service);
  if (refusal) throw refusal;

  const { name, operation, input } = readRequest(account, scope.service, model, { ...request, path, query });
  const handler = (await loadHandlers(scope.service))[name];
  validate(scope.service, model, operation.input, input);
  if (!handler) throw notImplemented(scope.service, name, model.metadata.protocol);

  await account.machines.prepare(scope.service, name);

  const { faults, store } = account;
  const isXml = service.protocol === 'rest-xml';
  const stale = faults.current.staleMs ?? 0;
  // Of these services only S3 is strongly consistent (S3 user guide, "Amazon S3 data consistency model").
  const whole = begin(READS.test(name) && stale > 0 && !isXml ? store.asOf(stale) : store);
  const member = memberOf(scope.accessKey);
  if (member !== undefined) checkMemberOperation(member, scope.service, name);
  const state = member === undefined ? whole : memberView(whole, member);
  const afterwards: (() => void)[] = [];
  const call: Call = {
    service: scope.service,
    operation: name,
    region: scope.region,
    account: member ?? ACCOUNT,
    partition: partitionOf(scope.region),
    now: account.clock.now(),
    requestId,
    state,
    builder: account.builder,
    machines: account.machines,
    files: account.files,
    keys: account.keys,
    upload: request.upload,
    awsDelay: (work) => faults.awsDelay(work),
    failsCopies: faults.current.failCopies === true,
    afterwards: (work) => afterwards.push(work),
  };
  const output = handler(input as never, call);
  store.commit(state.changes());
  for (const work of afterwards) work();
  return success(model, name, operation, output, requestId);
}

interface SplitRequest extends WireRequest {
  path: string;
  query: URLSearchParams;
}

/** Finds the operation of a request, counts it, and decodes its input. @throws AwsError */
function readRequest(
  account: Account,
  service: ServiceId,
  model: Model,
  { method, path, query, headers, body }: SplitRequest,
): { name: string; operation: Operation; input: object } {
  const count = (name: string): void => {
    const counter = `${service}:${name}`;
    account.calls.set(counter, (account.calls.get(counter) ?? 0) + 1);
  };
  if (model.metadata.protocol === 'rest-xml') {
    const rest = { method, path, query, headers };
    const { name, operation, uri } = restXmlRoute(model, rest);
    count(name);
    return { name, operation, input: readRestXml(model, operation, rest, uri, body) };
  }
  const form = method === 'GET' ? query : new URLSearchParams(body);
  const { name, operation } = findRoute(model, { method, path, target: headers['x-amz-target'], form });
  count(name);
  // AWS runs it from a GET as well. Here an address alone, such as that of an image in a web page, changes nothing.
  if (isForm(model) && method !== 'POST' && !READS.test(name))
    throw new AwsError('AccessDenied', `The sandbox accepts ${service}:${name} only as a POST.`, 403);
  const input = isForm(model)
    ? readForm(model, operation.input, form)
    : readJson(model, operation, body, query);
  return { name, operation, input };
}

function success(
  model: Model,
  name: string,
  operation: Operation,
  output: object,
  requestId: string,
): HttpAnswer {
  if (model.metadata.protocol === 'rest-xml') {
    return restXmlAnswer(model, name, operation, output as Record<string, unknown>, requestId);
  }
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

/** The protocol of an error that arises before the service is known. */
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
