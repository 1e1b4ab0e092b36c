/** Routes a request: service and Region from the signature's credential scope, the operation by protocol. */
import { AwsError } from './aws-error.ts';
import { isService, operationOf, services, type Model, type Operation, type ServiceId } from './model.ts';

export interface CredentialScope {
  accessKey: string;
  region: string;
  service: ServiceId;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})\/aws4_request/;

/**
 * Reads access key, Region and service from `Credential=AKID/date/REGION/SERVICE/aws4_request` (AWS SigV4). It does not
 * check the signature: this account has no secrets.
 * @throws AwsError MissingAuthenticationToken for an unsigned request, UnknownService for a service not in the sandbox
 */
export function readScope(authorization: string | undefined, query: URLSearchParams): CredentialScope {
  // boto3 still presigns S3 URLs of us-east-1 with Signature Version 2, which does not contain the Region.
  const old = query.has('AWSAccessKeyId') && query.has('Signature') && query.get('AWSAccessKeyId');
  if (authorization === undefined && old) return { accessKey: old, region: 'us-east-1', service: 's3' };
  const presigned = query.get('X-Amz-Credential');
  const found = CREDENTIAL.exec(authorization ?? (presigned === null ? '' : `Credential=${presigned}`));
  if (!found) throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
  const [, accessKey, region, service] = found as unknown as [string, string, string, string];
  if (!isService(service)) {
    throw new AwsError(
      'UnknownService',
      `The sandbox has no service ${service}; it has ${services.join(', ')}.`,
    );
  }
  if (authorization === undefined) checkExpiry(query);
  return { accessKey, region, service };
}

/** Refuses an expired presigned request. Clients sign with this machine's clock, not with the sandbox account's. */
function checkExpiry(query: URLSearchParams): void {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const [year = 0, month = 1, ...rest] = parts.map(Number);
  const end = Date.UTC(year, month - 1, ...rest) + Number(query.get('X-Amz-Expires') ?? 0) * 1000;
  if (!(end > Date.now())) throw new AwsError('AccessDenied', 'Request has expired', 403);
}

export interface OperationRoute {
  name: string;
  operation: Operation;
}

/** The parts of a request that identify its operation. */
export interface AddressedRequest {
  method: string;
  path: string;
  target: string | undefined;
  form: URLSearchParams;
}

/** @throws AwsError InvalidAction, UnknownOperationException; always 4xx, because clients retry 5xx */
export function findRoute(model: Model, request: AddressedRequest): OperationRoute {
  const { protocol } = model.metadata;
  if (protocol === 'rest-json') return restRoute(model, request);
  const name = protocol === 'json' ? targetOf(model, request.target) : (request.form.get('Action') ?? '');
  const operation = operationOf(model, name);
  if (operation) return { name, operation };
  if (protocol === 'json')
    throw new AwsError('UnknownOperationException', `The sandbox does not know the operation ${name}`);
  if (name === '')
    throw new AwsError('MissingAction', 'The request is missing an action or a required parameter.');
  throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
}

function targetOf(model: Model, target: string | undefined): string {
  const prefix = `${model.metadata.targetPrefix}.`;
  return target?.startsWith(prefix) ? target.slice(prefix.length) : (target ?? '');
}

/** No operation of a rest-json service here has a label in its path. */
function restRoute(model: Model, { method, path }: AddressedRequest): OperationRoute {
  for (const [name, operation] of Object.entries(model.operations)) {
    if (operation.method !== method) continue;
    if (operation.requestUri === path) return { name, operation };
  }
  throw new AwsError('UnknownOperationException', `The sandbox does not know ${method} ${path}`, 404);
}
