/**
 * Finds where a CloudFormation template, in YAML or JSON, names AMIs: defaults of parameters, mappings, launch
 * templates and instances, and cluster configs inside the custom resource of ParallelCluster.
 * Sources: AWS CloudFormation user guide (template sections, intrinsic functions);
 * aws-parallelcluster:cloudformation/custom_resource.
 */
import { isMap, isScalar, isSeq } from 'yaml';
import { asNode, pairsOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import { clusterFacts, type Use, usesOf } from '../cluster/image-uses.ts';
import { type CfnFunction, functionIn, reasonFor } from './cloudformation-functions.ts';
import { choicesOf, embedded, keptRecord, unreadUses, visit } from './generic.ts';
import { isId } from './page.ts';
import { recordOf, unclear } from './records.ts';
import { type Keys, pathOf, scopeByName } from '../cluster/place-names.ts';

/** Returns undefined if the document is not a template. */
export function cloudFormationUses(root: YamlNode, file: YamlFile): Use[] | undefined {
  const resources = isMap(root) ? below(root, 'Resources') : undefined;
  if (!isMap(root) || !isMap(resources) || !isTemplate(root, resources)) return undefined;
  return [
    ...parameterUses(below(root, 'Parameters')),
    ...mappingUses(below(root, 'Mappings')),
    ...resources.items.flatMap(({ key, value }) => {
      return isScalar(key) ? resourceUses(String(key.value), asNode(value), root, file) : [];
    }),
  ];
}

function isTemplate(root: YamlNode, resources: YamlNode): boolean {
  if (below(root, 'AWSTemplateFormatVersion') !== undefined) return true;
  if (!isMap(resources)) return false;
  return resources.items.some(({ value }) =>
    /^(AWS|Custom)::|::/.test(textOf(below(asNode(value), 'Type')) ?? ''),
  );
}

function parameterUses(parameters: YamlNode): Use[] {
  return entriesOf(parameters).flatMap(({ name, value }) => {
    const pair = isMap(value) ? pairsOf(value).get('Default') : undefined;
    const uses = allowedUses(name, value);
    if (!isScalar(pair?.key) || !isId(textOf(asNode(pair.value)) ?? '')) return uses;
    const path = pathOf(['Parameters', name, 'Default']);
    const initial = asNode(pair.value);
    const use: Use = { path, scope: 'parameter', value: initial, key: pair.key, ...recordOf([name]) };
    return [{ ...use, ...choicesOf({ value: initial, around: [value] }) }, ...uses];
  });
}

/** The ids that a parameter may have. A stack with one of them could not be updated if the list lost it. */
function allowedUses(name: string, parameter: YamlNode): Use[] {
  const pair = isMap(parameter) ? pairsOf(parameter).get('AllowedValues') : undefined;
  const { key } = pair ?? {};
  const list = asNode(pair?.value);
  if (!isScalar(key) || !isSeq(list)) return [];
  return list.items.flatMap((item, index): Use[] => {
    const value = asNode(item);
    if (!isId(textOf(value) ?? '')) return [];
    const path = pathOf(['Parameters', name, 'AllowedValues', `[${index}]`]);
    return [{ path, scope: 'parameter', value, key, ...recordOf(['AllowedValues']) }];
  });
}

function mappingUses(mappings: YamlNode): Use[] {
  const uses: Use[] = [];
  visit(mappings, ['Mappings'], ({ keys, key, value, region }) => {
    if (!isId(textOf(value) ?? '')) return false;
    uses.push({ path: pathOf(keys), scope: 'mapping', value, key, region: region(), ...recordOf(keys) });
    return true;
  });
  return uses;
}

function resourceUses(name: string, resource: YamlNode, root: YamlNode, file: YamlFile): Use[] {
  const properties = below(resource, 'Properties');
  const keys = ['Resources', name, 'Properties'];
  const config = below(properties, 'ClusterConfiguration');
  const uses: Use[] = [];
  visit(properties, keys, ({ keys: here, key, value, around }) => {
    if (value !== undefined && value === config) {
      uses.push(...configUses(config, here, { resource, root, file }));
      return true;
    }
    const named = scopeByName(here);
    const isOne = isId(textOf(value) ?? '');
    const scope = named ?? (isOne ? 'variable' : undefined);
    if (scope === undefined) {
      if (isScalar(value)) uses.push(...embedded(value, here, key));
      return false;
    }
    // The name of the resource says nothing about its properties.
    const own = here.slice(PROPERTIES);
    const doubt = named === undefined ? unclear(own) : undefined;
    const kept = isOne ? (keptRecord({ keys: own, around }) ?? doubt) : undefined;
    const use: Use = { path: pathOf(here), scope, value, key, ...instanceType(properties, here), ...kept };
    uses.push(...leavesOf(use, root));
    return true;
  });
  return uses;
}

/** `Resources`, the name and `Properties` come first. */
const PROPERTIES = 3;

/** The instance type beside an image decides the architecture of the image. */
function instanceType(properties: YamlNode, keys: Keys): Pick<Use, 'instanceTypes'> {
  const map = keys.slice(3, -1).reduce<YamlNode>((node, name) => below(node, name), properties);
  const type = textOf(below(map, 'InstanceType'));
  return type !== undefined && /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type) ? { instanceTypes: [type] } : {};
}

interface Around {
  resource: YamlNode;
  root: YamlNode;
  file: YamlFile;
}

/** A property can hold a whole cluster config, which has its own rules. */
function configUses(config: YamlNode, keys: Keys, { resource, root, file }: Around): Use[] {
  const own = usesOf(config, file);
  const strays = unreadUses(config, new Set(own.map(({ key }) => key)));
  const facts = { ...clusterFacts(config, file), parallelcluster: releaseOf(resource, root) };
  return [...own, ...strays].flatMap((use) => {
    const path = `${pathOf(keys)}.${use.path}`;
    return leavesOf(
      { ...use, region: facts.region, os: facts.os, parallelcluster: facts.parallelcluster, path },
      root,
    );
  });
}

/**
 * A use with !If becomes one use for each of its values. For other functions, the entry says what decides the value.
 */
function leavesOf(use: Use, root: YamlNode, depth = 0): Use[] {
  const called = functionIn(use.value);
  if (called?.name === 'If' && isSeq(called.argument) && called.argument.items.length === 3 && depth < 20) {
    const path = called.long ? `${use.path}.Fn::If` : use.path;
    return called.argument.items.slice(1).flatMap((item, index) => {
      const leaf = { ...use, path: `${path}[${index + 1}]`, value: asNode(item) };
      // AWS::NoValue: there is no image in this case.
      return isNoValue(functionIn(leaf.value)) ? [] : leavesOf(leaf, root, depth + 1);
    });
  }
  const reason = use.reason ?? reasonFor(use.value, called, root);
  return [reason === undefined ? use : { ...use, reason }];
}

function isNoValue(called: CfnFunction | undefined): boolean {
  return called?.name === 'Ref' && textOf(called.argument) === 'AWS::NoValue';
}

const PROVIDER = /\/parallelcluster\/([^/]+)\/templates\/custom_resource\//;

/**
 * The ParallelCluster release in the address of the provider template. The service token of the custom resource leads
 * to that stack.
 */
function releaseOf(resource: YamlNode, root: YamlNode): string | undefined {
  const token = functionIn(below(below(resource, 'Properties'), 'ServiceToken'));
  const argument = token?.argument;
  const stack = isSeq(argument) ? textOf(asNode(argument.items[0])) : textOf(argument)?.split('.')[0];
  if (token?.name !== 'GetAtt' || stack === undefined) return undefined;
  const address = below(below(below(below(root, 'Resources'), stack), 'Properties'), 'TemplateURL');
  const sub = functionIn(address);
  const list = isSeq(sub?.argument) ? sub.argument.items.map(asNode) : [];
  const release = PROVIDER.exec(textOf(list[0] ?? sub?.argument ?? address) ?? '')?.[1] ?? '';
  const variable = /^\$\{(\w+)\}$/.exec(release)?.[1];
  const version = variable === undefined ? release : resolved(below(list[1], variable), variable, root);
  return version !== undefined && /^3\.\d+\.\d+$/.test(version) ? version : undefined;
}

/** Resolves what such addresses contain: a plain value, a mapping with plain keys, the default of a parameter. */
function resolved(value: YamlNode, name: string, root: YamlNode): string | undefined {
  const called = functionIn(value);
  if (called?.name === 'FindInMap' && isSeq(called.argument)) {
    const keys = called.argument.items.map((item) => textOf(asNode(item)) ?? '');
    return textOf(keys.reduce<YamlNode>((node, key) => below(node, key), below(root, 'Mappings')));
  }
  const parameter = called?.name === 'Ref' ? (textOf(called.argument) ?? '') : name;
  if (called === undefined && value) return textOf(value);
  return textOf(below(below(below(root, 'Parameters'), parameter), 'Default'));
}

function entriesOf(node: YamlNode): { name: string; value: YamlNode }[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ name: String(key.value), value: asNode(value) }] : [],
  );
}

function below(node: YamlNode, name: string): YamlNode {
  return isMap(node) ? asNode(pairsOf(node).get(name)?.value) : undefined;
}

function textOf(node: YamlNode): string | undefined {
  return isScalar(node) ? String(node.value) : undefined;
}
