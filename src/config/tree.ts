/** Owns the way from YAML nodes to plain values: aliases followed, `${env:NAME}` put in, every value's place kept. */
import { isMap, isScalar, isSeq } from 'yaml';
import { BakeError, type Place } from '../errors/bake-error.ts';
import { type Path, pathKey, pathText } from './path.ts';
import { asNode, pairsOf, startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';

export interface Tree {
  value: unknown;
  /** What stopped the reading of a value; its path is in `broken`. */
  errors: BakeError[];
  broken: ReadonlySet<string>;
  /** Written path → the text with `${env:…}`, for messages: the value itself may be secret. */
  fromEnv: ReadonlyMap<string, string>;
  /** Name of a variable → its value, for each one that the file takes from the environment. */
  variables: ReadonlyMap<string, string>;
}

interface Walk {
  file: YamlFile;
  /** undefined: this kind of file takes nothing from the environment. */
  env: Env | undefined;
  at: (offset: number) => Place;
  errors: BakeError[];
  broken: Set<string>;
  fromEnv: Map<string, string>;
  variables: Map<string, string>;
  /** Collections being read, to stop at an alias of one's own parent. */
  open: Set<YamlNode>;
  left: number;
}

export type Env = Readonly<Record<string, string | undefined>>;

const MOST_VALUES = 200_000;

/** Plain values of a parsed file. Numbers and truth values stay strings: the schema knows which it wants. */
export function toTree(file: YamlFile, at: (offset: number) => Place, env?: Env): Tree {
  const walk: Walk = {
    file,
    env,
    at,
    errors: [],
    broken: new Set(),
    fromEnv: new Map(),
    variables: new Map(),
    open: new Set(),
    left: MOST_VALUES,
  };
  const value = convert(file.documents[0]?.contents, [], walk);
  return {
    value,
    errors: walk.errors,
    broken: walk.broken,
    fromEnv: walk.fromEnv,
    variables: walk.variables,
  };
}

function convert(written: YamlNode, path: Path, walk: Walk): unknown {
  const node = walk.file.target(written);
  if (walk.open.has(node)) return stop(written, path, walk, `${written?.toString()} stands inside itself`);
  if (walk.left-- <= 0) return stop(written, path, walk, 'aliases blow this file up beyond measure');
  if (isScalar(node)) {
    if (node.tag) return stop(node, path, walk, `the tag ${node.tag} means nothing here`);
    return scalar(String(node.value), node.type === 'PLAIN', { node: written, path, walk });
  }
  if (!isMap(node) && !isSeq(node)) return null;
  if (node.tag) return stop(node, path, walk, `the tag ${node.tag} means nothing here`);
  walk.open.add(node);
  const value = isSeq(node)
    ? node.items.map((item, index) => convert(asNode(item), [...path, index], walk))
    : Object.fromEntries(
        node.items.map((pair) => {
          const key = keyOf(asNode(pair.key), path, walk);
          return [key, convert(asNode(pair.value), [...path, key], walk)];
        }),
      );
  walk.open.delete(node);
  return value;
}

function keyOf(node: YamlNode, path: Path, walk: Walk): string {
  const target = walk.file.target(node);
  if (!isScalar(target)) {
    stop(node, path, walk, 'a key is one word, not a list or a map');
    return '';
  }
  const key = String(target.value);
  if (key.includes('${env:')) stop(node, path, walk, 'a key is never taken from the environment');
  return key;
}

function scalar(text: string, plain: boolean, at: { node: YamlNode; path: Path; walk: Walk }): unknown {
  if (plain && ['', '~', 'null'].includes(text)) return null;
  const { node, path, walk } = at;
  const { env } = walk;
  if (env === undefined || !text.includes('${env:')) return text;
  walk.fromEnv.set(pathKey(path), text);
  // One pass: what a variable holds is taken as it is, even where it looks like another reference.
  return text.replace(/\$\{env:([^}]*)\}?/g, (reference, name: string) => {
    const valid = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && reference.endsWith('}');
    const value = valid && Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) {
      walk.variables.set(name, value);
      return value;
    }
    walk.broken.add(pathKey(path));
    const where = { place: walk.at(startOf(node)) };
    walk.errors.push(
      valid
        ? new BakeError('CONFIG_ENV', { name, path: pathText(path) }, where)
        : new BakeError(
            'CONFIG_VALUE',
            { path: pathText(path), expected: '${env:NAME}', found: reference },
            where,
          ),
    );
    return '';
  });
}

function stop(node: YamlNode, path: Path, walk: Walk, message: string): null {
  // One finding is enough where thousands of aliases do the same.
  if (!walk.broken.has(pathKey(path)) && walk.errors.length < 100) {
    walk.errors.push(new BakeError('CONFIG_SYNTAX', { message }, { place: walk.at(startOf(node)) }));
  }
  walk.broken.add(pathKey(path));
  return null;
}

/**
 * The node at a path, or the nearest one above it that exists; `key` asks for the key's own node. A word where a list
 * stands is the item that says it.
 */
export function nodeAt(file: YamlFile, path: Path, key = false): YamlNode {
  let node: YamlNode = file.documents[0]?.contents;
  for (const [depth, part] of path.entries()) {
    const within = file.target(node);
    let next: YamlNode;
    if (isSeq(within)) {
      const says = (item: unknown) => {
        const target = file.target(asNode(item));
        return isScalar(target) && String(target.value) === part;
      };
      next = asNode(typeof part === 'number' ? within.items[part] : within.items.find(says));
    }
    if (isMap(within)) {
      const pair = pairsOf(within).get(String(part));
      const bare = isScalar(pair?.value) && pair.value.range?.[0] === pair.value.range?.[1];
      next = (depth === path.length - 1 && key) || bare ? asNode(pair?.key) : asNode(pair?.value);
    }
    if (!next) return node;
    node = next;
  }
  return node;
}
