/** Converts YAML nodes to plain values: follows aliases, inserts `${env:NAME}`, and keeps the place of every value. */
import { isMap, isScalar, isSeq } from 'yaml';
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import type { Env } from '../util/env.ts';
import { type Path, pathKey, pathText } from './path.ts';
import { asNode, pairsOf, startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';

export interface Tree {
  value: unknown;
  /** Errors that stopped the reading of a value; its path is in `broken`. */
  errors: BakeError[];
  broken: ReadonlySet<string>;
  /** Path → the text with `${env:…}`, for messages, because the value itself may be secret. */
  fromEnv: ReadonlyMap<string, string>;
  /** The environment variables that the file uses: name → value. */
  variables: ReadonlyMap<string, string>;
}

interface Walk {
  file: YamlFile;
  /** undefined: this kind of file takes no values from the environment. */
  env: Env | undefined;
  at: (offset: number) => FilePlace;
  errors: BakeError[];
  broken: Set<string>;
  fromEnv: Map<string, string>;
  variables: Map<string, string>;
  /** Collections that are being read, to stop at an alias of a parent. */
  open: Set<YamlNode>;
  left: number;
}

const MOST_VALUES = 200_000;

/** The plain values of a parsed file. Numbers and truth values stay strings, because the schema knows which kind each key needs. */
export function toTree(file: YamlFile, at: (offset: number) => FilePlace, env?: Env): Tree {
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
  if (walk.open.has(node)) return stop(written, path, walk, `${written?.toString()} contains itself`);
  if (walk.left-- <= 0)
    return stop(written, path, walk, `aliases expand this file to more than ${MOST_VALUES} values`);
  if (isScalar(node)) {
    if (node.tag) return stop(node, path, walk, `the tag ${node.tag} is not supported here`);
    return scalar(String(node.value), node.type === 'PLAIN', { node: written, path, walk });
  }
  if (!isMap(node) && !isSeq(node)) return null;
  if (node.tag) return stop(node, path, walk, `the tag ${node.tag} is not supported here`);
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
    stop(node, path, walk, 'a key must be a text, not a list or a map');
    return '';
  }
  const key = String(target.value);
  if (key.includes('${env:')) stop(node, path, walk, 'a key cannot contain ${env:…}');
  return key;
}

function scalar(text: string, plain: boolean, at: { node: YamlNode; path: Path; walk: Walk }): unknown {
  if (plain && ['', '~', 'null'].includes(text)) return null;
  const { node, path, walk } = at;
  const { env } = walk;
  if (env === undefined || !text.includes('${env:')) return text;
  walk.fromEnv.set(pathKey(path), text);
  // One pass: the value of a variable is inserted as it is, even if it looks like another reference.
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
  // One error per value is enough, because thousands of aliases can have the same mistake.
  if (!walk.broken.has(pathKey(path)) && walk.errors.length < 100) {
    walk.errors.push(new BakeError('CONFIG_SYNTAX', { message }, { place: walk.at(startOf(node)) }));
  }
  walk.broken.add(pathKey(path));
  return null;
}

/**
 * The node at a path, or the nearest node above it that exists. With `key` it is the node of the key. A text in the path
 * of a list selects the item that equals it.
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
