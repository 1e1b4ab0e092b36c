/** Reads the form bodies of the query protocols (EC2, STS, SNS): `Filter.1.Value.2=x` into the model's shapes. */
import { AwsError } from './aws-error.ts';
import { shapeOf, type Member, type Model, type Shape } from './model.ts';

/** One level of a form's parameter names: `Filter` → `1` → `Value` → `2` → text. */
interface Node {
  text?: string;
  children: Map<string, Node>;
}

const MAX_FIELDS = 10_000;
const MAX_DEPTH = 12;

/** Fields of the protocol that no operation declares. */
const PROTOCOL_FIELDS = new Set(['Action', 'Version', 'AUTHPARAMS']);

/**
 * Reads the input of an operation into the shape that the model declares.
 * @throws AwsError for fields the operation does not have (EC2 error code UnknownParameter) and for malformed fields
 */
export function readForm(
  model: Model,
  inputShape: string | undefined,
  fields: URLSearchParams,
): Record<string, unknown> {
  const root = tree(fields);
  if (inputShape === undefined) return {};
  return structure(model, shapeOf(model, inputShape), root, '');
}

function tree(fields: URLSearchParams): Node {
  const root: Node = { children: new Map() };
  let count = 0;
  for (const [name, text] of fields) {
    if (PROTOCOL_FIELDS.has(name) || name.startsWith('X-Amz-')) continue;
    const parts = name.split('.');
    if (++count > MAX_FIELDS || parts.length > MAX_DEPTH) {
      throw new AwsError(
        'MalformedQueryString',
        'The query string contains too many or too deep parameters.',
      );
    }
    let node = root;
    for (const part of parts) {
      const next = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, next);
      node = next;
    }
    node.text = text;
  }
  return root;
}

/** EC2 uses queryName, else locationName or the member name with a capital first letter (smithy.io, ec2Query). */
function wireName(model: Model, name: string, member: Member): string {
  if (model.metadata.protocol !== 'ec2') return member.locationName ?? name;
  if (member.queryName !== undefined) return member.queryName;
  const location = member.locationName ?? name;
  return location.charAt(0).toUpperCase() + location.slice(1);
}

function structure(model: Model, shape: Shape, node: Node, path: string): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    const wire = wireName(model, name, member);
    const child = node.children.get(wire);
    seen.add(wire);
    if (child) value[name] = read(model, member, child, path === '' ? wire : `${path}.${wire}`);
  }
  for (const name of node.children.keys()) {
    if (!seen.has(name)) throw unknownParameter(path === '' ? name : `${path}.${name}`);
  }
  return value;
}

function read(model: Model, member: Member, node: Node, path: string): unknown {
  const shape = shapeOf(model, member.shape);
  if (shape.type === 'structure') {
    if (node.text !== undefined && node.text !== '') throw unknownParameter(path);
    return structure(model, shape, node, path);
  }
  if (shape.type === 'list') return list(model, member, shape, node, path);
  if (shape.type === 'map') return map(model, member, shape, node, path);
  if (node.children.size > 0) throw unknownParameter(`${path}.${[...node.children.keys()][0]}`);
  return scalar(shape, node.text ?? '', path);
}

/** EC2 lists are always flat (`Owner.1`); query protocol lists have a `member` level unless they are flattened. */
function list(model: Model, member: Member, shape: Shape, node: Node, path: string): unknown[] {
  const inner = shape.member as Member;
  const flat = model.metadata.protocol === 'ec2' || member.flattened || shape.flattened;
  const level = flat ? node : node.children.get(inner.locationName ?? 'member');
  // An empty list is written as a bare `Name=`.
  if (!level || level.children.size === 0) return [];
  const numbers = [...level.children.keys()];
  if (!numbers.every((number) => /^[1-9]\d{0,5}$/.test(number))) {
    throw unknownParameter(`${path}.${numbers.find((number) => !/^[1-9]\d{0,5}$/.test(number))}`);
  }
  return numbers
    .sort((a, b) => Number(a) - Number(b))
    .map((number) => read(model, inner, level.children.get(number) as Node, `${path}.${number}`));
}

/** Reads `Attributes.entry.1.key=K&Attributes.entry.1.value=V` (AWS query protocol; only SNS uses maps here). */
function map(model: Model, member: Member, shape: Shape, node: Node, path: string): Record<string, unknown> {
  const [key, value] = [shape.key as Member, shape.value as Member];
  const level = (member.flattened ?? shape.flattened) ? node : node.children.get('entry');
  const entries = [...(level?.children ?? [])].map(([number, entry]): [string, unknown] => {
    const at = `${path}.entry.${number}`;
    const name = entry.children.get(key.locationName ?? 'key')?.text;
    const content = entry.children.get(value.locationName ?? 'value');
    if (!/^[1-9]\d{0,5}$/.test(number) || name === undefined || !content) throw unknownParameter(at);
    return [name, read(model, value, content, `${at}.value`)];
  });
  return Object.fromEntries(entries);
}

function scalar(shape: Shape, text: string, path: string): unknown {
  if (shape.type === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw invalidValue(text, path, 'boolean');
  }
  if (shape.type === 'integer' || shape.type === 'long') {
    if (/^-?\d{1,15}$/.test(text)) return Number(text);
    throw invalidValue(text, path, 'integer');
  }
  if (shape.type === 'float' || shape.type === 'double') {
    if (text !== '' && Number.isFinite(Number(text))) return Number(text);
    throw invalidValue(text, path, 'number');
  }
  if (shape.type === 'timestamp') {
    const time = Date.parse(text);
    if (Number.isFinite(time)) return new Date(time);
    throw invalidValue(text, path, 'date');
  }
  return text;
}

function unknownParameter(path: string): AwsError {
  return new AwsError('UnknownParameter', `The parameter ${path} is not recognized`);
}

function invalidValue(text: string, path: string, kind: string): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    `Invalid value '${text}' for ${path}. The value must be a valid ${kind}`,
  );
}
