/** Recognises CloudFormation's functions where an AMI id is expected, and says why their values are not rotated. */
import { isCollection, isMap, isScalar, isSeq } from 'yaml';
import { asNode, pairsOf, type YamlNode } from '../util/yaml.ts';

export interface CfnFunction {
  /** The name without `!` and `Fn::`. */
  name: string;
  argument: YamlNode;
  /** Whether it is written `Fn::Name:` and not `!Name`. */
  long: boolean;
}

/** Reads `!Ref x`, `{ Ref: x }`, `!If [...]`, `{ Fn::If: [...] }`; undefined for any other node. */
export function functionIn(node: YamlNode): CfnFunction | undefined {
  if (!isScalar(node) && !isCollection(node)) return undefined;
  const tag = /^!(\w+)$/.exec(node.tag ?? '')?.[1];
  if (tag !== undefined) return { name: tag, argument: node, long: false };
  if (!isMap(node) || node.items.length !== 1) return undefined;
  const [pair] = node.items;
  const name = isScalar(pair?.key) ? /^(?:Fn::(\w+)|(Ref))$/.exec(String(pair.key.value)) : undefined;
  const known = name?.[1] ?? name?.[2];
  return known === undefined ? undefined : { name: known, argument: asNode(pair?.value), long: true };
}

/** Explains why the value is not rotated; undefined if no function gives it. */
export function reasonFor(
  value: YamlNode,
  called: CfnFunction | undefined,
  root: YamlNode,
): string | undefined {
  const dynamic = isScalar(value) ? /\{\{resolve:([\w-]+):(.+)\}\}/.exec(String(value.value)) : undefined;
  if (dynamic)
    return `${kinds[dynamic[1] ?? ''] ?? dynamic[1]} ${dynamic[2]} is read when the stack is deployed`;
  if (called === undefined) return undefined;
  const names = isSeq(called.argument)
    ? called.argument.items.map((item) => (isScalar(item) ? String(item.value) : '…'))
    : [isScalar(called.argument) ? String(called.argument.value) : '…'];
  const [name = ''] = names;
  if (called.name === 'Ref') return parameterReason(name, root);
  if (called.name === 'FindInMap') return `the mapping ${name} decides it when the stack is deployed`;
  if (called.name === 'ImportValue') return `another stack exports it as ${name}`;
  if (called.name === 'GetAtt')
    return `the resource ${name.split('.')[0]} returns it when the stack is deployed`;
  return `the function ${called.name} decides it when the stack is deployed`;
}

const kinds: Readonly<Record<string, string>> = {
  ssm: 'the SSM parameter',
  'ssm-secure': 'the SSM parameter',
  secretsmanager: 'the secret',
};

function parameterReason(name: string, root: YamlNode): string {
  const parameter = child(child(root, 'Parameters'), name);
  const type = text(child(parameter, 'Type')) ?? '';
  const initial = text(child(parameter, 'Default'));
  if (type.startsWith('AWS::SSM::Parameter::Value<')) {
    return `the stack's parameter ${name} reads it from SSM${initial === undefined ? '' : `: ${initial}`}`;
  }
  if (parameter === undefined) return `the resource ${name} returns it when the stack is deployed`;
  return `the stack's parameter ${name} holds it${initial === undefined ? ', without a default' : `: ${initial}`}`;
}

function child(node: YamlNode, name: string): YamlNode {
  return isMap(node) ? asNode(pairsOf(node).get(name)?.value) : undefined;
}

function text(node: YamlNode): string | undefined {
  return isScalar(node) ? String(node.value) : undefined;
}
