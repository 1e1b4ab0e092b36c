/**
 * Makes nodes of the `yaml` library fast. The constructors of the library define hidden properties on each node. Our nodes
 * inherit them from one node of the library as their prototype, and pass isMap(), isScalar() and the like.
 */
import { type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

const scalar = new Scalar('');
const map = new YAMLMap<Node, Node>();
const seq = new YAMLSeq<Node>();
const pair = new Pair<Node, Node>(scalar);

/** `start` and `end` are the offsets of the value with its quotes. */
export function scalarNode(value: string, start: number, end: number, type: Scalar.Type): Scalar<string> {
  const node = Object.create(scalar) as Scalar<string>;
  node.value = value;
  node.source = value;
  node.type = type;
  node.range = [start, end, end];
  return node;
}

export function mapNode(start: number): YAMLMap<Node, Node> {
  const node = Object.create(map) as YAMLMap<Node, Node>;
  node.items = [];
  node.range = [start, start, start];
  return node;
}

export function seqNode(start: number): YAMLSeq<Node> {
  const node = Object.create(seq) as YAMLSeq<Node>;
  node.items = [];
  node.range = [start, start, start];
  return node;
}

export function pairNode(key: Node, value: Node | null = null): Pair<Node, Node> {
  const node = Object.create(pair) as Pair<Node, Node>;
  node.key = key;
  node.value = value;
  return node;
}
