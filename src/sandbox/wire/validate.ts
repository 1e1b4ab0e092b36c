/** Validates inputs against the model: required members, enums, lengths, ranges and patterns. */
import { AwsError } from './aws-error.ts';
import { shapeOf, type Member, type Model, type ServiceId, type Shape } from './model.ts';

interface Finding {
  /** In AWS's notation: `parameterOverrides.1.member.name`. */
  path: string;
  /** The constraint that the value violates; undefined if a required member is missing. */
  constraint: string | undefined;
  value: unknown;
}

/**
 * Refuses an input that violates the model, with the error code and message of that service.
 * @throws AwsError
 */
export function validate(
  service: ServiceId,
  model: Model,
  inputShape: string | undefined,
  input: unknown,
): void {
  if (inputShape === undefined) return;
  const findings: Finding[] = [];
  check(model, { shape: inputShape }, input, '', findings);
  if (findings.length > 0) throw refusals[service](findings);
}

function check(model: Model, member: Member, value: unknown, path: string, findings: Finding[]): void {
  const shape = shapeOf(model, member.shape);
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (shape.type === 'structure') {
    const source = value as Record<string, unknown>;
    for (const name of shape.required ?? []) {
      if (source[name] === undefined)
        findings.push({ path: at(name), constraint: undefined, value: undefined });
    }
    for (const [name, inner] of Object.entries(shape.members ?? {})) {
      if (source[name] !== undefined) check(model, inner, source[name], at(name), findings);
    }
    return;
  }
  const broken = constraintOf(shape, value);
  if (broken !== undefined) findings.push({ path, constraint: broken, value });
  if (shape.type === 'list') {
    (value as unknown[]).forEach((item, i) =>
      check(model, shape.member as Member, item, at(`${i + 1}.member`), findings),
    );
  }
  if (shape.type === 'map') {
    for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
      check(model, shape.key as Member, key, at(`${key}.key`), findings);
      check(model, shape.value as Member, item, at(`${key}.member`), findings);
    }
  }
}

/** The first constraint that a value violates, in AWS's wording. */
function constraintOf(shape: Shape, value: unknown): string | undefined {
  const { min, max } = shape;
  const size = sizeOf(shape, value);
  if (size !== undefined && min !== undefined && size.value < min) {
    return `Member must have ${size.word} greater than or equal to ${min}`;
  }
  if (size !== undefined && max !== undefined && size.value > max) {
    return `Member must have ${size.word} less than or equal to ${max}`;
  }
  if (shape.enum && !shape.enum.includes(String(value))) {
    return `Member must satisfy enum value set: [${shape.enum.join(', ')}]`;
  }
  if (shape.pattern !== undefined && typeof value === 'string' && !patternOf(shape.pattern).test(value)) {
    return `Member must satisfy regular expression pattern: ${shape.pattern}`;
  }
  return undefined;
}

function sizeOf(shape: Shape, value: unknown): { value: number; word: string } | undefined {
  if (typeof value === 'number') return { value, word: 'value' };
  if (typeof value === 'string' && shape.enum === undefined)
    return { value: Array.from(value).length, word: 'length' };
  if (Array.isArray(value) || Buffer.isBuffer(value)) return { value: value.length, word: 'length' };
  if (shape.type === 'map') return { value: Object.keys(value as object).length, word: 'length' };
  return undefined;
}

const patterns = new Map<string, RegExp>();

/** Compiles a pattern of the model. AWS matches the whole value, even where the pattern has no anchors. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known) return known;
  const pattern = compile(source);
  patterns.set(source, pattern);
  return pattern;
}

function compile(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch {
    // Some of the Java escapes and classes in the models are invalid with the u flag.
    return new RegExp(`^(?:${source})$`);
  }
}

type Refusal = (findings: readonly Finding[]) => AwsError;

/** The message of AWS's Coral services: `2 validation errors detected: Value 'x' at 'name' failed to satisfy …`. */
function detected(findings: readonly Finding[]): string {
  const messages = findings.map(({ path, constraint, value }) => {
    const place = path.replace(/^./, (first) => first.toLowerCase());
    return constraint === undefined
      ? `Value null at '${place}' failed to satisfy constraint: Member must not be null`
      : `Value ${quoted(value)} at '${place}' failed to satisfy constraint: ${constraint}`;
  });
  return `${messages.length} validation error${messages.length === 1 ? '' : 's'} detected: ${messages.join('; ')}`;
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return `'${text.length > 200 ? `${text.slice(0, 200)}…` : text}'`;
}

/** Error code and message by service; rules.ts cites the sources. */
const refusals: Record<ServiceId, Refusal> = {
  ec2: ([first]) => {
    const { path, constraint, value } = first as Finding;
    if (constraint === undefined) {
      const name = path.replace(/^./, (letter) => letter.toLowerCase());
      return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
    }
    return new AwsError(
      'InvalidParameterValue',
      `Value (${String(value)}) for parameter ${path} is invalid. ${constraint}`,
    );
  },
  ssm: (findings) => new AwsError('ValidationException', detected(findings)),
  sts: (findings) => new AwsError('ValidationError', detected(findings)),
  logs: (findings) => new AwsError('InvalidParameterException', detected(findings)),
  s3: (findings) => new AwsError('InvalidArgument', detected(findings)),
  kms: (findings) => new AwsError('ValidationException', detected(findings)),
  sns: (findings) => new AwsError('InvalidParameter', detected(findings)),
  iam: (findings) => new AwsError('ValidationError', detected(findings)),
  servicequotas: (findings) => new AwsError('IllegalArgumentException', detected(findings)),
  imagebuilder: ([first]) => {
    const { path, constraint, value } = first as Finding;
    if (constraint === undefined) {
      return new AwsError(
        'InvalidParameterException',
        `The value supplied for parameter '${path}' is not valid. It is required.`,
      );
    }
    return new AwsError(
      'InvalidParameterValueException',
      `The value supplied for parameter '${path}' is not valid. ${quoted(value)}: ${constraint}.`,
    );
  },
};
