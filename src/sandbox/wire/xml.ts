/** Writes the XML responses of the query protocols and of S3, following the model. */
import { shapeOf, type Member, type Model, type Operation } from './model.ts';

// XML 1.0 forbids these control characters, even as character references.
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#xD;');
}

/**
 * The body of a successful response. EC2 puts members and `requestId` directly under `<NameResponse>`, and writes
 * `<return>true</return>` for an operation without output (EC2 API reference, "Making API requests"). The query
 * protocol wraps the members in `<NameResult>` beside `<ResponseMetadata>`.
 */
export function xmlBody(
  model: Model,
  name: string,
  operation: Operation,
  output: object,
  requestId: string,
): string {
  const inner = operation.output
    ? members(model, operation.output, output as Record<string, unknown>)
    : '<return>true</return>';
  const { resultWrapper: wrapper } = operation;
  const wrapped = wrapper === undefined ? inner : `<${wrapper}>${inner}</${wrapper}>`;
  const content =
    model.metadata.protocol === 'ec2'
      ? `<requestId>${requestId}</requestId>${inner}`
      : `${wrapped}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  const root = `${name}Response`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${model.metadata.xmlNamespace ?? ''}">${content}</${root}>`;
}

/** Writes a structure's members as elements, except those that are sent as headers. */
export function elements(
  model: Model,
  shapeName: string | undefined,
  value: Record<string, unknown>,
): string {
  return shapeName === undefined ? '' : members(model, shapeName, value);
}

function members(model: Model, shapeName: string, value: Record<string, unknown>): string {
  const shape = shapeOf(model, shapeName);
  return Object.entries(shape.members ?? {})
    .filter(([, member]) => member.location === undefined)
    .map(([name, member]) => element(model, member.locationName ?? name, member, value[name]))
    .join('');
}

function element(model: Model, tag: string, member: Member, value: unknown): string {
  if (value === undefined || value === null) return '';
  const shape = shapeOf(model, member.shape);
  if (shape.type === 'structure') {
    return `<${tag}>${members(model, member.shape, value as Record<string, unknown>)}</${tag}>`;
  }
  if (shape.type === 'list') {
    const inner = shape.member as Member;
    const flat = member.flattened ?? shape.flattened ?? false;
    const itemTag = flat ? tag : (inner.locationName ?? 'member');
    const items = (value as unknown[]).map((item) => element(model, itemTag, inner, item)).join('');
    return flat ? items : `<${tag}>${items}</${tag}>`;
  }
  if (shape.type === 'map') {
    const [key, item] = [shape.key as Member, shape.value as Member];
    const entries = Object.entries(value as Record<string, unknown>).map(
      ([name, content]) =>
        `<entry>${element(model, key.locationName ?? 'key', key, name)}` +
        `${element(model, item.locationName ?? 'value', item, content)}</entry>`,
    );
    return `<${tag}>${entries.join('')}</${tag}>`;
  }
  return `<${tag}>${escapeXml(scalar(value))}</${tag}>`;
}

function scalar(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return String(value);
}
