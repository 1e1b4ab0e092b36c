/** Reads and writes the bodies and query strings of the JSON protocols, following the service model. */
import { AwsError } from './aws-error.ts';
import { shapeOf, type Member, type Model, type Operation } from './model.ts';

/**
 * Reads the input of a JSON operation: body members, and for rest-json also query parameters.
 * It ignores unknown members, as AWS does (smithy.io: "clients and servers must ignore unknown members").
 * @throws AwsError SerializationException if the body is not a JSON object or a value has the wrong type
 */
export function readJson(
  model: Model,
  operation: Operation,
  body: string,
  query: URLSearchParams,
): Record<string, unknown> {
  if (operation.input === undefined) return {};
  const parsed = parseBody(body);
  const shape = shapeOf(model, operation.input);
  const input: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const wire = member.locationName ?? name;
    const value = located(model, member, wire, parsed, query);
    if (value !== undefined && value !== null) input[name] = read(model, member, value, name);
  }
  return input;
}

function located(
  model: Model,
  member: Member,
  wire: string,
  body: Record<string, unknown>,
  query: URLSearchParams,
): unknown {
  const shape = shapeOf(model, member.shape);
  if (member.location === 'querystring') {
    if (!query.has(wire)) return undefined;
    if (shape.type === 'list') return query.getAll(wire);
    return fromText(shape.type, query.get(wire) as string);
  }
  return Object.hasOwn(body, wire) ? body[wire] : undefined;
}

function fromText(type: string, text: string): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'integer' || type === 'long') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  return text;
}

function parseBody(body: string): Record<string, unknown> {
  if (body.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  return parsed as Record<string, unknown>;
}

function read(model: Model, member: Member, value: unknown, path: string): unknown {
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'structure': {
      const source = objectOf(value, path);
      const result: Record<string, unknown> = {};
      for (const [name, inner] of Object.entries(shape.members ?? {})) {
        const wire = inner.locationName ?? name;
        const item = Object.hasOwn(source, wire) ? source[wire] : undefined;
        if (item !== undefined && item !== null) result[name] = read(model, inner, item, `${path}.${name}`);
      }
      return result;
    }
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(value, path)).map(([key, item]) => [
          key,
          read(model, shape.value as Member, item, `${path}.${key}`),
        ]),
      );
    case 'list':
      if (!Array.isArray(value)) throw wrongType(path);
      return value.map((item, i) => read(model, shape.member as Member, item, `${path}.${i + 1}.member`));
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(path);
      return value;
    case 'integer':
    case 'long':
      if (!Number.isSafeInteger(value)) throw wrongType(path);
      return value;
    case 'float':
    case 'double':
      if (typeof value !== 'number') throw wrongType(path);
      return value;
    case 'timestamp':
      return timestamp(value, path);
    case 'blob':
      return bytes(value, path);
    default:
      if (typeof value !== 'string') throw wrongType(path);
      return value;
  }
}

/** Blobs are base64 on the wire (smithy.io, awsJson1_1). */
function bytes(value: unknown, path: string): Buffer {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0)
    throw wrongType(path);
  return Buffer.from(value, 'base64');
}

function timestamp(value: unknown, path: string): Date {
  const time = typeof value === 'number' ? value * 1000 : Date.parse(String(value));
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) throw wrongType(path);
  return date;
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw wrongType(path);
}

function wrongType(path: string): AwsError {
  return new AwsError('SerializationException', `The value at '${path}' is not of the expected type`);
}

/** The body of a successful response: only members of the model, dates as epoch seconds (smithy.io, awsJson1_1). */
export function jsonBody(model: Model, operation: Operation, output: object): string {
  if (operation.output === undefined) return '{}';
  return JSON.stringify(write(model, { shape: operation.output }, output) ?? {});
}

function write(model: Model, member: Member, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const shape = shapeOf(model, member.shape);
  if (shape.type === 'structure') {
    const source = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(shape.members ?? {}).map(([name, inner]) => [
        inner.locationName ?? name,
        write(model, inner, source[name]),
      ]),
    );
  }
  if (shape.type === 'list')
    return (value as unknown[]).map((item) => write(model, shape.member as Member, item));
  if (shape.type === 'map') {
    const entries = Object.entries(value as Record<string, unknown>);
    return Object.fromEntries(entries.map(([key, item]) => [key, write(model, shape.value as Member, item)]));
  }
  if (value instanceof Date) return value.getTime() / 1000;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return value;
}
