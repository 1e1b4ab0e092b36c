/**
 * Makes nodes of the `yaml` library fast. The constructors of the library define hidden properties on each node. Our nodes
 * inherit them from one node of the library as their prototype, and pass isMap(), isScalar() and the like.
 */
import { Alias, type Node, Pair, type Range, Scalar, YAMLMap, YAMLSeq } from 'yaml';

const scalar = new Scalar<string>('');
const map = new YAMLMap<Node, Node>();
const seq = new YAMLSeq<Node>();
const pair = new Pair<Node, Node>(scalar);
const alias = new Alias('');

/** A class whose instances inherit from a node, and whose constructor does nothing. */
function inheriting<T extends object>(node: T): new () => T {
  // oxlint-disable-next-line typescript/no-extraneous-class -- its prototype is what it is for
  class Inheriting {}
  Object.setPrototypeOf(Inheriting.prototype, node);
  return Inheriting as new () => T;
}

class PlainScalar extends inheriting(scalar) {
  readonly start: number;
  readonly end: number;
  constructor(value: string, start: number, end: number, type: Scalar.Type) {
    super();
    this.value = value;
    this.type = type;
    this.start = start;
    this.end = end;
  }
}
// Computed when they are read, because few nodes are asked for them.
Object.defineProperties(PlainScalar.prototype, {
  range: {
    get(this: PlainScalar): Range {
      return [this.start, this.end, this.end];
    },
  },
  source: {
    get(this: PlainScalar): string {
      return this.value;
    },
  },
});

/** `start` and `end` are the offsets of the value with its quotes. */
export function scalarNode(value: string, start: number, end: number, type: Scalar.Type): Scalar<string> {
  return new PlainScalar(value, start, end, type);
}

class PlainMap extends inheriting(map) {
  constructor(start: number) {
    super();
    this.items = [];
    this.range = [start, start, start];
  }
}

export function mapNode(start: number): YAMLMap<Node, Node> {
  return new PlainMap(start);
}

class PlainSeq extends inheriting(seq) {
  constructor(start: number) {
    super();
    this.items = [];
    this.range = [start, start, start];
  }
}

export function seqNode(start: number): YAMLSeq<Node> {
  return new PlainSeq(start);
}

class PlainPair extends inheriting(pair) {
  constructor(key: Node, value: Node | null) {
    super();
    this.key = key;
    this.value = value;
  }
}

export function pairNode(key: Node, value: Node | null = null): Pair<Node, Node> {
  return new PlainPair(key, value);
}

class PlainAlias extends inheriting(alias) {
  constructor(anchor: string, start: number) {
    super();
    const end = start + 1 + anchor.length;
    this.source = anchor;
    this.range = [start, end, end];
  }
}

/** @param start offset of the `*` */
export function aliasNode(anchor: string, start: number): Alias {
  return new PlainAlias(anchor, start);
}
