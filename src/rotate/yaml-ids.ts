/**
 * Proves that a rotation of plain YAML changed only ids, with one reading of the rotated text. A comparison needs two
 * readings and a walk through both.
 */
import { isCollection, isPair, isScalar, type Node, type Scalar } from 'yaml';
import { amiId } from '../util/ami-id.ts';
import { asNode, startOf, type YamlNode } from '../util/yaml.ts';
import { outline } from '../util/yaml-outline.ts';
import type { Edit } from './format.ts';

/**
 * The outline reader reads line by line, and reads all ids alike. If an id is a whole scalar, the text with another id
 * in its place therefore has the same nodes. The same holds for words of a comment after it.
 * @param base the offset of the text in the bytes that the edits' offsets count
 * @param edits in the order of the text, which differs from the text before by them alone
 * @returns false if this is not proven; the contents must then be compared
 */
export function changesOnlyIds(text: string, base: number, edits: readonly Omit<Edit, 'file'>[]): boolean {
  const plain = outline(text);
  if (!plain) return false;
  let shift = -base;
  let idEnd = -1;
  for (const { kind, path, start, from, to } of edits) {
    const at = start + shift;
    shift += to.length - from.length;
    if (kind === 'id') {
      if (!amiId.test(from) || !isIdAt(plain.root, at, { to, path, mayMove: plain.targets.size > 0 }))
        return false;
      idEnd = at + to.length;
    } else if (kind !== 'comment' || !isOneLine(from + to) || !BEFORE_COMMENT.test(text.slice(idEnd, at))) {
      return false;
    }
  }
  return true;
}

/** Between an id that moves and the words of its comment, only these characters are allowed: they contain no value. */
const BEFORE_COMMENT = /^["']?[ ,}\]]* #[^\n]*$/;

/** A tab makes the outline reader give up, so an edit must not add or remove one. */
function isOneLine(text: string): boolean {
  return !/[\t\r\n]/.test(text);
}

/** @param mayMove the path of the edit can be that of an alias or a merge key */
function isIdAt(
  root: Node,
  at: number,
  { to, path, mayMove }: { to: string; path: string; mayMove: boolean },
): boolean {
  const { scalar, path: found } = scalarAt(root, at);
  if (!scalar || !amiId.test(to) || scalar.value !== to || (found !== path && !mayMove)) return false;
  const [start, end] = scalar.range ?? [0, 0];
  const quote = scalar.type === 'PLAIN' ? 0 : 1;
  const isFlow = scalar.type === 'PLAIN' || scalar.type === 'QUOTE_SINGLE' || scalar.type === 'QUOTE_DOUBLE';
  return isFlow && start === at - quote && end === at + to.length + quote;
}

/** Finds the last value that begins at or before the offset, and its path. */
function scalarAt(root: Node, at: number): { scalar: Scalar | undefined; path: string } {
  let node: YamlNode = root;
  let path = '';
  while (isCollection(node)) {
    const { items }: { items: unknown[] } = node;
    let index = items.length - 1;
    while (index > 0 && startOf(itemNode(items[index])) > at) index -= 1;
    const item = items[index];
    if (!isPair(item)) path += `[${index}]`;
    else path += `${path === '' ? '' : '.'}${isScalar(item.key) ? String(item.key.value) : '?'}`;
    node = asNode(isPair(item) ? item.value : item);
  }
  return { scalar: isScalar(node) ? node : undefined, path };
}

function itemNode(item: unknown): YamlNode {
  return asNode(isPair(item) ? item.key : item);
}
