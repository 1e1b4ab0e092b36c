/**
 * Owns structured files that are none of AWS's own kinds: an application's settings, CDK's context, Ansible variables,
 * Packer's JSON. Every scalar that is exactly an id is a reference; what else holds one is only said.
 */
import { isCollection, isMap, isPair, isScalar, Scalar, type YAMLMap } from 'yaml';
import { asNode, pairsOf, type YamlNode } from '../util/yaml.ts';
import type { Use } from '../cluster/image-uses.ts';
import { idsInUse, isId, regionIn } from './page.ts';
import { type Keys, pathOf, scopeByName } from '../cluster/place-names.ts';

/** A value with the names that lead to it. */
export interface Leaf {
  keys: Keys;
  /** The nearest key above it. */
  key: Scalar;
  value: YamlNode;
  /** What the nearest key on the way names, or a `region` beside one. Asked for ids only: most values are none. */
  region: () => string | undefined;
}

/** Uses below a node. Aliases are not followed: an id stands where it is anchored. */
export function genericUses(root: YamlNode, keys: Keys = []): Use[] {
  const uses: Use[] = [];
  visit(root, keys, (leaf) => {
    const use = useOf(leaf);
    if (use) uses.push(...use);
    return use !== undefined;
  });
  return uses;
}

/** CustomAmi at places where ParallelCluster does not look: another tool's, or a mistake worth knowing. */
export function strayUses(root: YamlNode, known: ReadonlySet<unknown>): Use[] {
  const uses: Use[] = [];
  // Names are put together only where there is one: mostly there is none.
  if (!hasStray(root, known)) return uses;
  visit(root, [], ({ keys, key, value }) => {
    if (keys.at(-1) !== 'CustomAmi') return false;
    if (!known.has(key)) uses.push({ path: pathOf(keys), scope: 'other', value, key });
    return true;
  });
  return uses;
}

function hasStray(node: unknown, known: ReadonlySet<unknown>): boolean {
  if (isPair(node)) {
    const { key } = node;
    if (isScalar(key) && key.value === 'CustomAmi' && !known.has(key)) return true;
    return hasStray(node.value, known);
  }
  return isCollection(node) && node.items.some((item: unknown) => hasStray(item, known));
}

function useOf({ keys, key, value, region }: Leaf): Use[] | undefined {
  const named = scopeByName(keys);
  // A schema or a form has such keys, too: only what is set to a value counts.
  if (named !== undefined && !isCollection(value)) {
    return [{ path: pathOf(keys), scope: named, value, key, region: region() }];
  }
  if (!isScalar(value)) return undefined;
  if (!isId(String(value.value))) return embedded(value, keys, key);
  return [{ path: pathOf(keys), scope: 'variable', value, key, region: region() }];
}

/** A script or a config inside a block of text: nobody knows who reads it. collect() shows the ids in it. */
export function embedded(value: Scalar, keys: Keys, key: Scalar): Use[] {
  const text = String(value.value);
  if (!text.includes('\n') || idsInUse(text).length === 0) return [];
  return [{ path: pathOf(keys), scope: 'text', value, key, reason: EMBEDDED }];
}

const EMBEDDED = 'the id stands inside a longer text; literal mode moves it';

/**
 * Goes through every value in the order of the text.
 * @param take whether the value is dealt with; else a map or list is gone into
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
      if (!take({ keys: names, key, value, region })) go(value, key);
      names.pop();
    }
    around.pop();
  };
  go(root, new Scalar(''));
}

/** From the inside out: the key itself, then what stands beside it. */
function nearestRegion(names: Keys, around: readonly YamlNode[]): string | undefined {
  for (let depth = names.length - 1; depth >= 0; depth -= 1) {
    const map = around[depth];
    const region = regionOfKey(names[depth] ?? '') ?? (isMap(map) ? regionBeside(map) : undefined);
    if (region !== undefined) return region;
  }
  return undefined;
}

/** `us-east-1`, and CDK's `ami:account=…:region=us-east-1`. */
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
