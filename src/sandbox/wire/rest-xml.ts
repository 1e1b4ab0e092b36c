/** The REST-XML protocol of S3: routes by method, path and query, reads inputs, and writes headers and XML. */
import { AwsError, type HttpAnswer, type FilePart } from './aws-error.ts';
import { shapeOf, type Member, type Model, type Operation, type Shape } from './model.ts';
import { parseXml, readXml } from './read-xml.ts';
import type { OperationRoute } from './route.ts';
import { elements } from './xml.ts';

type Headers = Readonly<Record<string, string | undefined>>;

export interface RestRequest {
  method: string;
  /** The raw path, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
}

export interface RestXmlRoute extends OperationRoute {
  /** Labels of the URI, decoded. */
  uri: Record<string, string>;
}

/**
 * Finds the operation of this method and path whose query flags and required members are all present. If several
 * match, the one with the most requirements wins: PUT of a key is PutObject, with `uploadId` it is UploadPart, with a
 * copy source it is CopyObject (S3 API reference).
 * @throws AwsError NotImplemented with a 4xx status, because clients retry the 501 that S3 returns
 */
export function restXmlRoute(model: Model, request: RestRequest): RestXmlRoute {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(request.path) ?? [];
  const uri = { Bucket: unescapePath(bucket), Key: unescapePath(key) };
  const kind = bucket === '' ? '/' : key === '' ? '/{Bucket}' : '/{Bucket}/{Key+}';
  let best: { name: string; operation: Operation; asks: number } | undefined;
  for (const [name, operation] of Object.entries(model.operations)) {
    const [template = '', flags = ''] = operation.requestUri.split('?');
    if (operation.method !== request.method || template !== kind) continue;
    const asks = wanted(model, operation, flags);
    if (!asks.every((ask) => ask(request))) continue;
    if (!best || asks.length > best.asks) best = { name, operation, asks: asks.length };
  }
  if (!best || asksMore(model, best, request)) {
    const flags = [...request.query].filter(([, value]) => value === '').map(([name]) => name);
    throw new AwsError(
      'NotImplemented',
      `The sandbox does not implement ${request.method} ${kind} ${flags.join(' ')}`.trim(),
    );
  }
  return { name: best.name, operation: best.operation, uri };
}

type Ask = (request: RestRequest) => boolean;

function wanted(model: Model, operation: Operation, flags: string): Ask[] {
  const asks: Ask[] = [...new URLSearchParams(flags)].map(
    ([name, value]) =>
      ({ query }) =>
        query.get(name) === value,
  );
  const shape = operation.input === undefined ? undefined : shapeOf(model, operation.input);
  for (const name of shape?.required ?? []) {
    const member = (shape as Shape).members?.[name] as Member;
    const wire = member.locationName ?? name;
    if (member.location === 'querystring') asks.push(({ query }) => query.has(wire));
    if (member.location === 'header') asks.push(({ headers }) => headers[wire.toLowerCase()] !== undefined);
  }
  return asks;
}

/** A valueless `?acl`, `?tagging`, … or a copy source that the operation does not declare means another operation. */
function asksMore(
  model: Model,
  { name, operation }: { name: string; operation: Operation },
  request: RestRequest,
): boolean {
  if (request.headers['x-amz-copy-source'] !== undefined && name !== 'CopyObject') return true;
  const members = Object.values(shapeOf(model, operation.input ?? '').members ?? {});
  const known = new Set([
    ...members.filter(({ location }) => location === 'querystring').map(({ locationName }) => locationName),
    ...new URLSearchParams(operation.requestUri.split('?')[1] ?? '').keys(),
  ]);
  return [...request.query].some(
    ([key, value]) => value === '' && !known.has(key) && !key.startsWith('X-Amz-'),
  );
}

function unescapePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/**
 * Reads the input of an operation, without the bytes of an object: those are already on disk.
 * @throws AwsError MalformedXML, InvalidArgument
 */
export function readRestXml(
  model: Model,
  operation: Operation,
  { query, headers }: RestRequest,
  uri: Readonly<Record<string, string>>,
  body: string,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const shape = operation.input === undefined ? undefined : shapeOf(model, operation.input);
  for (const [name, member] of Object.entries(shape?.members ?? {})) {
    const wire = member.locationName ?? name;
    const value =
      name === shape?.payload
        ? payload(model, member, body)
        : member.location === 'uri'
          ? uri[wire]
          : member.location === 'querystring'
            ? typed(model, member, query.get(wire) ?? undefined, wire)
            : member.location === 'header'
              ? typed(model, member, headers[wire.toLowerCase()], wire)
              : member.location === 'headers'
                ? prefixed(headers, wire.toLowerCase())
                : undefined;
    if (value !== undefined) input[name] = value;
  }
  return input;
}

function payload(model: Model, member: Member, body: string): unknown {
  if (shapeOf(model, member.shape).type !== 'structure' || body.trim() === '') return undefined;
  return readXml(model, member, parseXml(body));
}

function prefixed(headers: Headers, prefix: string): Record<string, string> | undefined {
  const found = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function typed(model: Model, member: Member, text: string | undefined, wire: string): unknown {
  if (text === undefined) return undefined;
  const { type } = shapeOf(model, member.shape);
  if (type === 'list') return text.split(',').map((item) => item.trim());
  if (type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if ((type === 'integer' || type === 'long') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'timestamp') {
    const time = new Date(text);
    // An invalid date must be ignored (RFC 9110, 13.1.3).
    return Number.isNaN(time.getTime()) ? undefined : time;
  }
  if (type === 'string') return text;
  throw new AwsError('InvalidArgument', `Provided ${wire} is not of the expected type: ${text}`);
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** Root elements of responses whose name does not follow from the operation's (S3 API reference, "Response Syntax"). */
const ROOTS: Record<string, string> = {
  ListBuckets: 'ListAllMyBucketsResult',
  ListObjectsV2: 'ListBucketResult',
  CreateMultipartUpload: 'InitiateMultipartUploadResult',
};

/** Encodes a successful response. `Status` of the output overrides the status code of the model. */
export function restXmlAnswer(
  model: Model,
  name: string,
  operation: Operation,
  output: Record<string, unknown>,
  requestId: string,
): HttpAnswer {
  const shape: Shape =
    operation.output === undefined ? { type: 'structure' } : shapeOf(model, operation.output);
  const headers: Record<string, string> = { 'x-amz-request-id': requestId, 'x-amz-id-2': 'sandbox' };
  for (const [key, member] of Object.entries(shape.members ?? {})) {
    const value = output[key];
    if (value === undefined || value === null) continue;
    const wire = (member.locationName ?? key).toLowerCase();
    if (member.location === 'header') headers[wire] = headerText(value);
    if (member.location === 'headers') {
      for (const [label, text] of Object.entries(value as Record<string, string>))
        headers[wire + label] = text;
    }
  }
  const status = (output['Status'] as number | undefined) ?? operation.responseCode ?? 200;
  const content = shape.payload === undefined ? undefined : (shape.members?.[shape.payload] as Member);
  if (content && shapeOf(model, content.shape).type === 'blob') {
    return { status, headers, body: '', file: output[shape.payload as string] as FilePart | undefined };
  }
  const root = ROOTS[name] ?? `${name.replace(/Result$/, '')}Result`;
  const inner = content
    ? elements(model, content.shape, (output[shape.payload as string] ?? {}) as Record<string, unknown>)
    : elements(model, operation.output, output);
  const isEmpty = inner === '' && !(name in ROOTS);
  if (isEmpty) return { status, headers, body: '' };
  return {
    status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`,
  };
}

function headerText(value: unknown): string {
  return value instanceof Date ? value.toUTCString() : String(value);
}
