/**
 * Proves from the rotated text alone that a rotation of plain YAML changed ids at their places and nothing else: one
 * reading of the file, where a comparison takes two and a walk through both.
 */
import { isCollection, isPair, isScalar, type Node, type Scalar } from 'yaml';
import { amiId } from '../util/ami-id.ts';
import { asNode, startOf, type YamlNode } from '../util/yaml.ts';
import { outline } from '../util/yaml-outline.ts';
import type { Edit } from './format.ts';

/**
 * The outline reader reads line by line, and reads every id the same way. Where an id is the whole of a scalar, the text
 * with another id in its place therefore has the same nodes. The same holds for words of a comment behind it.
 * @param base offset of the text in the bytes that the edits' offsets count
 * @param edits in the order of the text; all other text is the same as before
 * @returns false when it is not proven: another reader decides then
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

/** What may stand between an id that moves and the words of its comment: nothing that holds a value. */
const BEFORE_COMMENT = /^["']?[ ,}\]]* #[^\n]*$/;

/** Tabs make the outline reader give up, so none may come or go. */
function isOneLine(text: string): boolean {
  return !/[\t\r\n]/.test(text);
}

/** @param mayMove an alias or a merge key may bring the id to its path */
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

/** The last value that begins at the offset or before it, and its path. */
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
