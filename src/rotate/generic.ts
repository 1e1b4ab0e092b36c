/**
 * Finds AMI ids in structured files of other programs: settings of an application, CDK's context, Ansible variables,
 * Packer's JSON. A scalar that is exactly an id is a reference if the keys around it say that an instance is launched
 * from it. Other scalars that contain an id are only reported.
 */
import { isCollection, isMap, isPair, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml';
import { asNode, pairsOf, type YamlNode } from '../util/yaml.ts';
import type { Use } from '../cluster/image-uses.ts';
import { idsInUse, isId, regionIn } from './page.ts';
import { type Keys, pathOf, scopeByName } from '../cluster/place-names.ts';
import { answerOf, type Kept, recordOf, unclear } from './records.ts';

/** A value and the names that lead to it. */
export interface Leaf {
  keys: Keys;
  /** The nearest key above the value. */
  key: Scalar;
  value: YamlNode;
  /**
   * The Region that the nearest key names, or a `region` beside it. It is computed for ids only, because most values
   * are not ids.
   */
  region: () => string | undefined;
  /** The maps and lists around it, from the outside in. */
  around: readonly YamlNode[];
}

/** The uses below a node. Aliases are not followed: an id counts where its anchor is. */
export function genericUses(root: YamlNode, keys: Keys = []): Use[] {
  const uses: Use[] = [];
  visit(root, keys, (leaf) => {
    const use = useOf(leaf);
    if (use) uses.push(...use);
    return use !== undefined;
  });
  return uses;
}

/** Finds CustomAmi where ParallelCluster does not read it: another tool reads it, or it is a mistake. */
export function unreadUses(root: YamlNode, known: ReadonlySet<unknown>): Use[] {
  const uses: Use[] = [];
  // Paths are built only for documents that contain one, because few do.
  if (!hasUnreadCustomAmi(root, known)) return uses;
  visit(root, [], ({ keys, key, value }) => {
    if (keys.at(-1) !== 'CustomAmi') return false;
    if (!known.has(key)) uses.push({ path: pathOf(keys), scope: 'other', value, key });
    return true;
  });
  return uses;
}

function hasUnreadCustomAmi(node: YamlNode, known: ReadonlySet<unknown>): boolean {
  if (!isCollection(node)) return false;
  for (const item of node.items) {
    if (isPair(item)) {
      const { key, value } = item;
      if (isScalar(key) && key.value === 'CustomAmi' && !known.has(key)) return true;
      if (isCollection(value) && hasUnreadCustomAmi(value, known)) return true;
    } else if (isCollection(item) && hasUnreadCustomAmi(item, known)) return true;
  }
  return false;
}

function useOf(leaf: Leaf): Use[] | undefined {
  const { keys, key, value, region } = leaf;
  const named = scopeByName(keys);
  const isOne = isScalar(value) && isId(String(value.value));
  const kept = isOne ? (keptRecord(leaf) ?? (named === undefined ? keptDoubt(leaf) : undefined)) : undefined;
  // A schema or a form has such keys too: a key counts only if it has a value.
  if (named !== undefined && !isCollection(value)) {
    return [{ path: pathOf(keys), scope: named, value, key, region: region(), ...kept, ...choicesOf(leaf) }];
  }
  if (!isScalar(value)) return undefined;
  if (!isOne) return embedded(value, keys, key);
  return [
    { path: pathOf(keys), scope: 'variable', value, key, region: region(), ...kept, ...choicesOf(leaf) },
  ];
}

/** Why an id is a record, by the names of the keys and of the keys beside them. */
export function keptRecord({ keys, around }: Pick<Leaf, 'keys' | 'around'>): Kept | undefined {
  const named = [...keys, ...nameBeside(keys, around)];
  const answer = around.map((node) => (isMap(node) ? answerOf(pairsOf(node).keys()) : undefined));
  // `describe-images --query` prints a list of such objects, with the names of the API.
  const isList =
    keys.length === 2 && keys[0]?.startsWith('[') === true && /^(Image|Ami)Id$/.test(keys[1] ?? '');
  return recordOf(named) ?? answer.find(Boolean) ?? (isList ? SAVED : undefined);
}

const SAVED: Kept = {
  reason:
    'the saved answer of a command, because the file is a list of images; no instance is launched from it',
  record: true,
};

function keptDoubt({ keys, around }: Leaf): Kept | undefined {
  return unclear([...keys, ...nameBeside(keys, around)]);
}

/** The name of a value that stands beside it: `{ name: AMI_ID, value: ami-… }`. */
function nameBeside(keys: Keys, around: readonly YamlNode[]): string[] {
  const map = around.at(-1);
  if (!isMap(map) || !/^(parameter_?)?(value|default)$/i.test(keys.at(-1) ?? '')) return [];
  const pairs = pairsOf(map);
  return NAMES.flatMap((name) => {
    const value = pairs.get(name)?.value;
    return isScalar(value) ? [String(value.value)] : [];
  });
}

const NAMES = ['ParameterKey', 'parameter_key', 'Key', 'key', 'Name', 'name'];

/** A list beside the id that contains it says which ids are valid. */
export function choicesOf({ value, around }: Pick<Leaf, 'value' | 'around'>): Pick<Use, 'choices'> {
  const map = around.at(-1);
  if (!isMap(map) || !isScalar(value)) return {};
  for (const pair of map.items) {
    if (!isSeq(pair.value)) continue;
    const texts = pair.value.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : []));
    if (texts.includes(String(value.value))) return { choices: texts };
  }
  return {};
}

/** A script or a config inside a block of text. Its reader is not known, so collect.ts reports the ids in it. */
export function embedded(value: Scalar, keys: Keys, key: Scalar): Use[] {
  const text = String(value.value);
  if (!text.includes('\n') || idsInUse(text).length === 0) return [];
  return [{ path: pathOf(keys), scope: 'text', value, key, reason: EMBEDDED }];
}

const EMBEDDED = 'the id is part of a longer text; literal mode moves it';

/**
 * Visits every value in the order of the text.
 * @param take returns true if it has handled the value; otherwise the walk descends into it
 */
export function visit(root: YamlNode, keys: Keys, take: (leaf: Leaf) => boolean): void {
  const names: string[] = [...keys];
  const around: YamlNode[] = [];
  const region = () => nearestRegion(names.slice(keys.length), around);
  const go = (node: YamlNode, above: Scalar): void => {
    if (!isCollection(node)) return;
    around.push(node);
    for (const [index, item] of node.items.entries()) {
      const pair = isPair(item) ? item : undefined;
      const key = pair && isScalar(pair.key) ? pair.key : above;
      const value = asNode(pair ? pair.value : item);
      names.push(pair ? (isScalar(pair.key) ? String(pair.key.value) : '?') : `[${index}]`);
      if (!take({ keys: names, key, value, region, around })) go(value, key);
      names.pop();
    }
    around.pop();
  };
  go(root, new Scalar(''));
}

/** Looks at each level from the inside out: first the key, then the values beside it. */
function nearestRegion(names: Keys, around: readonly YamlNode[]): string | undefined {
  for (let depth = names.length - 1; depth >= 0; depth -= 1) {
    const map = around[depth];
    const region = regionOfKey(names[depth] ?? '') ?? (isMap(map) ? regionBeside(map) : undefined);
    if (region !== undefined) return region;
  }
  return undefined;
}

/** Reads `us-east-1`, and CDK's `ami:account=…:region=us-east-1`. */
function regionOfKey(name: string): string | undefined {
  return regionIn(name, /:region=([a-z0-9-]+)$/.exec(name)?.[1]);
}

function regionBeside(map: YAMLMap): string | undefined {
  const pairs = pairsOf(map);
  for (const name of ['region', 'Region', 'aws_region']) {
    const value = pairs.get(name)?.value;
    const region = isScalar(value) ? regionIn(String(value.value)) : undefined;
    if (region !== undefined) return region;
  }
  return undefined;
}
